from __future__ import annotations

import gzip
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from bot.gateway.assets import FOLDERS, asset_url
from core.clock import now
from core.tables import Decision
from tests.bot.gateway.chat_door import Door, Invited, changed, invite, question, say


def test_what_was_said_stands_in_the_html(door: Door, client: TestClient, invited: Invited) -> None:
    say(door, invited.interview_id, question(2, "<b>请</b>讲一次您的经历。", "好", "不好"))
    page = client.get(f"/i/{invited.token}")
    assert page.status_code == 200
    assert '<html lang="zh-CN">' in page.text
    assert "&lt;b&gt;请&lt;/b&gt;讲一次您的经历。" in page.text
    assert "结构化问题 2/7" in page.text
    assert "销售代表" in page.text


def test_the_page_is_private_and_runs_nothing_foreign(client: TestClient, invited: Invited) -> None:
    page = client.get(f"/i/{invited.token}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["permissions-policy"].startswith("microphone=(self)")
    addresses = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert addresses
    own = f"/i/{invited.token}/status"
    assert all(address == own or address.startswith("/assets/") for address in addresses)
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", page.text)
    assert not re.search(r"\sstyle=|\son\w+=", page.text)


def test_each_ending_has_its_own_sentence(door: Door, client: TestClient) -> None:
    endings = {
        "finished_at": (now(), "面试已完成"),
        "withdrawn_at": (now(), "您已退出面试"),
        "expires_at": (now() - timedelta(1), "链接已过期"),
    }
    for field, (value, heading) in endings.items():
        invited = invite(door)
        with changed(door, invited.interview_id) as interview:
            setattr(interview, field, value)
        page = client.get(f"/i/{invited.token}")
        assert page.status_code == 200
        assert f"<h1>{heading}</h1>" in page.text
        assert "deepChat" not in page.text


@pytest.mark.parametrize(("language", "stands"), [("zh", "已交给招聘负责人查看"), ("en", "are with the recruiter")])
def test_the_page_of_a_finished_interview_says_where_it_stands_and_betrays_no_decision(
    door: Door, client: TestClient, language: str, stands: str
) -> None:
    invited = invite(door, language)
    with changed(door, invited.interview_id) as interview:
        interview.consented_at = interview.finished_at = now()
    waiting = client.get(f"/i/{invited.token}")
    assert stands in waiting.text
    with door.database.unit_of_work() as session:
        session.add(
            Decision(
                interview_id=invited.interview_id,
                value="reject",
                by="account",
                reason_sealed="sealed",
                version=1,
                decided_at=now(),
            )
        )
    assert client.get(f"/i/{invited.token}").text == waiting.text


@pytest.mark.parametrize(("wish", "sentence"), [("zh-CN,zh", "链接"), ("en-US", "link")])
def test_an_unknown_link_gets_a_page_and_404(client: TestClient, wish: str, sentence: str) -> None:
    page = client.get("/i/guessed", headers={"accept-language": wish})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert sentence in page.text


def test_a_forwarded_link_shows_no_transcript(door: Door, client: TestClient, invited: Invited) -> None:
    say(door, invited.interview_id, question(1, "说说您自己"))
    client.post(f"/api/chat/{invited.token}/device")
    assert "说说您自己" in client.get(f"/i/{invited.token}").text
    stranger = TestClient(door.app)
    page = stranger.get(f"/i/{invited.token}")
    assert page.status_code == 200
    assert "说说您自己" not in page.text


def test_scripts_are_cached_for_a_year_under_their_hash_and_zipped(client: TestClient) -> None:
    address = asset_url("chat", "chat.js")
    answer = client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


def test_an_older_hash_still_gets_the_file_but_is_not_cached(client: TestClient) -> None:
    assert client.get("/assets/chat/0000/chat.js").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/assets/chat/x/nothing.js", "/assets/other/x/chat.js", "/assets/chat/x/..%2fchat.html"]
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_vendored_file_is_the_published_one() -> None:
    import hashlib

    folder = FOLDERS["deep-chat"]
    digest = hashlib.sha256((folder / "deepChat.bundle.js").read_bytes()).hexdigest()
    assert digest in (folder / "SOURCE.md").read_text("utf-8")
    assert "MIT" in (folder / "LICENSE").read_text("utf-8")


def test_page_scripts_and_styles_stay_under_250_kb_zipped(client: TestClient, invited: Invited) -> None:
    page = client.get(f"/i/{invited.token}")
    parts = [page.content] + [client.get(a).content for a in set(re.findall(r'(?:href|src)="([^"]+)"', page.text))]
    assert sum(len(gzip.compress(part, 9)) for part in parts) < 250_000
