from __future__ import annotations

import pytest

from core.settings import LanguageModelSettings
from hr_bridge.policy import load_policy
from scoring.llm_permission import leaves_the_house, obstacle

ABROAD, INSIDE = "https://93.184.216.34/v1", "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize(
    ("url", "leaves"),
    [
        (INSIDE, False),
        ("http://localhost:8080/v1", False),
        ("http://[::1]:8080/v1", False),
        ("http://10.1.2.3/v1", False),
        ("http://192.168.1.20:11434/v1", False),
        ("http://[fd00::5]/v1", False),
        (ABROAD, True),
        ("https://[2606:4700::1111]/v1", True),
        ("https://no-such-host.invalid/v1", True),
        ("not an address", True),
        ("", True),
    ],
)
def test_only_loopback_and_private_addresses_are_inside_the_house(url: str, leaves: bool) -> None:
    assert leaves_the_house(url) is leaves


@pytest.mark.parametrize(
    ("policy", "base_url", "basis", "why_not"),
    [
        ("cn", ABROAD, None, "no_legal_basis"),
        ("cn", ABROAD, "  ", "no_legal_basis"),
        ("eu", ABROAD, None, "no_legal_basis"),
        ("strict", ABROAD, None, "no_legal_basis"),
        ("us", ABROAD, None, None),
        ("cn", ABROAD, "2026-11-02 法务批准，标准合同已备案", None),
        ("cn", INSIDE, None, None),
    ],
)
def test_answers_leave_the_house_only_on_a_recorded_basis_where_the_policy_asks_for_one(
    policy: str, base_url: str, basis: str | None, why_not: str | None
) -> None:
    settings = LanguageModelSettings(base_url=base_url, model="fake-1", legal_basis=basis)

    assert obstacle(settings, load_policy(policy)) == why_not


def test_a_key_that_lies_about_turns_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody-elses")
    monkeypatch.delenv("LLM_MODEL", raising=False)

    assert obstacle(LanguageModelSettings(), load_policy("us")) == "not_set_up"
