"""Texts through Aliyun, against its published example of a signature and a service that checks every one."""

from __future__ import annotations

import json

import httpx
import pytest

from bot.outreach.aliyun_sms import AliyunSms, authorization, read_templates
from bot.outreach.road import LetterRefused, RoadBlocked
from bot.outreach.wording import Worded
from core.errors import Rejected

KEY, SECRET = "LTAI5tExample", "secret of the key"
LETTER = Worded(
    to="+8613800001234", text="不会发出", kind="invitation", params={"position": "销售代表", "url": "https://hr.cn/i/x"}
)


class Aliyun:
    """Answers with a code, after it signed the request anew."""

    def __init__(self, code: str = "OK", status: int = 200) -> None:
        self.code, self.status, self.asked = code, status, dict[str, str]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        given = request.headers["authorization"]
        names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
        assert {"host", "x-acs-action", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"} <= set(names)
        assert given == authorization(KEY, SECRET, query, {name: request.headers[name] for name in names})
        self.asked = query
        return httpx.Response(self.status, json={"Code": self.code, "RequestId": "1"})

    async def take(self, letter: Worded = LETTER, templates: str = "invitation.zh=SMS_1, code.zh=SMS_2") -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.answer)) as http:
            sender = AliyunSms(
                http, KEY, SECRET, "启明科技", read_templates(templates), "https://dysmsapi.aliyuncs.com/"
            )
            await sender.send("01LETTER", letter)


def test_a_signature_is_the_one_of_the_published_example() -> None:
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    written = authorization("YourAccessKeyId", "YourAccessKeySecret", query, headers)
    assert written.endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


async def test_a_text_is_its_template_filled_with_the_words_of_the_letter() -> None:
    aliyun = Aliyun()
    await aliyun.take()
    assert json.loads(aliyun.asked.pop("TemplateParam")) == {"position": "销售代表", "url": "https://hr.cn/i/x"}
    assert aliyun.asked == {
        "OutId": "01LETTER", "PhoneNumbers": "13800001234", "SignName": "启明科技", "TemplateCode": "SMS_1"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "try_later"),
        ("Throttling.User", "try_later"),
        ("SignatureDoesNotMatch", "login_refused"),
        ("InvalidAccessKeyId.NotFound", "login_refused"),
        ("isv.AMOUNT_NOT_ENOUGH", "settings_wrong"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "settings_wrong"),
    ],
)
async def test_what_is_not_the_letters_fault_is_tried_again(code: str, problem: str) -> None:
    with pytest.raises(RoadBlocked) as blocked:
        await Aliyun(code, 400 if "." not in code else 200).take()
    assert blocked.value.problem == problem


async def test_a_number_that_is_none_bounces() -> None:
    with pytest.raises(LetterRefused) as refused:
        await Aliyun("isv.MOBILE_NUMBER_ILLEGAL").take()
    assert refused.value.bounced


async def test_a_letter_without_a_template_waits_for_the_settings() -> None:
    aliyun = Aliyun()
    with pytest.raises(RoadBlocked) as blocked:
        await aliyun.take(templates="code.zh=SMS_2")
    assert (blocked.value.problem, aliyun.asked) == ("settings_wrong", {})


@pytest.mark.parametrize("written", ["", "SMS_1", "invitation=SMS_1", "invitation.zh="])
def test_templates_written_wrongly_are_named(written: str) -> None:
    with pytest.raises(Rejected, match="SMS_TEMPLATES is written like"):
        read_templates(written)
