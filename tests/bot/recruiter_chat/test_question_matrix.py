"""Every question of the bot, every role, own and other position or branch, both doors and languages: who is not seen does
not exist. A function of the bot that no question below asks for fails the first test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from bot.access_grants import Access, set_access
from bot.accounts import Account, account_by_id
from bot.positions import newest_position
from bot.recruiter_chat.answers import FILTERS, NEED_ONE, TOOLS
from bot.recruiter_chat.chat import COMMANDS, RecruiterChat
from bot.recruiter_chat.intent import Intents
from bot.recruiter_chat.linking import AskingOff, allow_telegram, new_code
from bot.recruiter_chat.records import AskingForbidden, may_ask
from bot.recruiter_chat.slots import Slots
from bot.roles import ROLES, UNLIMITED
from core.clock import now
from core.content import Language
from core.tables import AuditEntry, Interview, Position, Report, User
from scoring.engines.reader import Reader
from tests.bot.console.house import House, csrf_of
from tests.bot.recruiter_chat.test_chat import INJECTION, ORDERS
from tests.bot.recruiter_chat.test_telegram import BOT, CHAT, Sent, answered, write
from tests.builders import invited_interview, scored_interview

OWN: Final[Mapping[Language, str]] = {"zh": "李娜", "en": "Maya Lindqvist"}
"""For software engineer, which the limited asker sees."""
HIDDEN: Final[Mapping[Language, str]] = {"zh": "郑晓舟", "en": "Ben Carter"}
"""For sales, which they do not."""
ASKING: Final = sorted(role for role in ROLES if may_ask(Account("user:x", "x", role)))
LIMITED: Final = sorted(set(ASKING) - UNLIMITED)

QUESTIONS: Final[Mapping[str, Mapping[Language, str]]] = {
    "today": {"zh": "今天都有哪些事情要我处理", "en": "what needs doing today?"},
    "pending": {"zh": "现在还有谁的结果等我看", "en": "which candidates are waiting for my review?"},
    "pipeline": {"zh": "销售代表这个岗位进展如何", "en": "how is the sales position going?"},
    "summary": {"zh": "{}面试表现怎么样", "en": "how did {} do in the interview?"},
    "compare": {"zh": "{}和李娜谁更合适", "en": "who fits better, {} or Maya?"},
    "best": {"zh": "谁的抗压能力最好？", "en": "who handles pressure best?"},
    "why": {"zh": "{}的抗压能力为什么分这么低？", "en": "why did {} score low on resilience?"},
    "count": {"zh": "有多少候选人过了及格线", "en": "how many candidates are above the line?"},
    "list": {"zh": "都有谁面试完了", "en": "who has finished the interview?"},
    "waiting": {"zh": "谁等得最久？", "en": "who is waiting longest?"},
    "state": {"zh": "{}现在走到哪一步了", "en": "has {} done the interview yet?"},
    "pay": {"zh": "{}建议给多少薪资", "en": "what pay is suggested for {}?"},
    "said": {"zh": "{}提到过处理客户投诉吗", "en": "what did {} say about customers?"},
    "help": {"zh": "我可以问你什么", "en": "what can I ask you?"},
    "none": {"zh": "明天会下雨吗", "en": "will it rain tomorrow?"},
}
BY_COMMAND: Final[Mapping[str, Mapping[Language, str]]] = {
    "today": {"zh": "/today", "en": "/today"},
    "pending": {"zh": "/pending", "en": "/pending"},
    "pipeline": {"zh": "/pipeline 销售代表", "en": "/pipeline sales"},
    "summary": {"zh": "/summary {}", "en": "/summary {}"},
    "compare": {"zh": "/compare {} 李娜", "en": "/compare {} Maya"},
    "help": {"zh": "/help", "en": "/help"},
}
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


class Misled:
    """In the language model's place: calls the function it was told to, whatever was asked."""

    def __init__(self) -> None:
        self.call: tuple[str, str | None] = ("list", None)

    def choose(self, slots: Slots) -> tuple[str, Slots]:
        tool, wanted = self.call
        return tool, replace(slots, filter=wanted)


@pytest.fixture(scope="module")
def encode(reader: Reader) -> Any:
    return cache(reader.meaning_of)


@pytest.fixture
def chat(house: House, intents: Intents, encode: Any) -> RecruiterChat:
    made = RecruiterChat(house.services, intents, encode)
    house.app.state.recruiter_chat = made
    return made


def limit_all(house: House, by_branch: bool) -> None:
    """Everybody who can be limited sees software engineers alone; one of these is there in each language."""
    with house.services.database.unit_of_work() as session:
        for key, branch in (("sales", "无锡店"), ("software_engineer", "苏州店")):
            old = newest_position(session, key)
            profile = old.profile | {"branch": branch}
            session.add(Position(key=key, version=old.version + 1, profile=profile, created_at=now()))
        session.flush()
        for role in LIMITED:
            user = session.exec(select(User).where(User.name == role)).one()
            given = Access(True, frozenset({"software_engineer"}))
            if by_branch:
                given = Access(True, branches=frozenset({"苏州店"}))
            set_access(session, f"user:{user.id}", given)
    for number, language in enumerate(LANGUAGES):
        invited_interview(house.services, language, OWN[language], "software_engineer", f"1380000111{number}")


def account(house: House, role: str, language: Language = "zh") -> Account:
    with house.services.database.unit_of_work() as session:
        user = session.exec(select(User).where(User.name == role)).one()
        user.language = language
        session.flush()
        found = account_by_id(session, f"user:{user.id}")
    assert found is not None
    return found


def questions(language: Language) -> list[str]:
    asked = [each[language] for each in (*QUESTIONS.values(), *BY_COMMAND.values())]
    return [each.format(HIDDEN[language]) for each in asked]


def hide(house: House) -> frozenset[str]:
    """Candidates of the other position, with results; what would give them away."""
    made = {scored_interview(house.services, language, HIDDEN[language], _said(language)) for language in LANGUAGES}
    return frozenset({*made, *HIDDEN.values(), INJECTION, "无锡店", "八十个电话"})


def _said(language: Language) -> Any:
    return ORDERS if language == "zh" else None


def test_every_function_and_command_is_asked_for_and_found_by_its_question(house: House, chat: RecruiterChat) -> None:
    assert set(QUESTIONS) == set(TOOLS), "add the new function's question to the matrix"
    assert set(BY_COMMAND) == set(COMMANDS), "add the new command to the matrix"
    hide(house)
    scored_interview(house.services, "zh", OWN["zh"])
    scored_interview(house.services, "en", OWN["en"])
    admin = account(house, "admin")
    answers = {}
    for language in LANGUAGES:
        for name, asked in QUESTIONS.items():
            answers[name, language] = chat.answer(asked[language].format(HIDDEN[language]), admin)
    with house.services.database.reading() as session:
        rows = session.exec(select(AuditEntry.subject).where(AuditEntry.action == "bot_answered")).all()
    assert {name for name in TOOLS if name not in NEED_ONE and not answers[name, "zh"].about} <= set(rows)
    # Whoever may see them is told of them: the questions below would betray somebody if they could.
    for name in NEED_ONE | {"compare", "best", "list", "waiting", "pending"}:
        assert answers[name, "zh"].about, name
        assert answers[name, "en"].about, name


@pytest.mark.parametrize("role", sorted(set(ROLES) - set(ASKING)))
async def test_who_opens_no_report_is_answered_nothing_at_either_door(
    house: House, chat: RecruiterChat, role: str
) -> None:
    hidden = hide(house)
    asker = account(house, role)
    allow_telegram(house.services, True, True, account(house, "admin"))
    with pytest.raises(AskingOff):
        new_code(house.services, asker)
    for asked in questions("zh"):
        with pytest.raises(AskingForbidden):
            chat.answer(asked, asker)
    async with house.signed_in(role) as browser:
        csrf = csrf_of(await browser.get("/console/password"))
        answer = await browser.post("/console/ask", data={"csrf": csrf, "question": "/pending"})
    assert answer.status_code == 403
    assert not any(word in answer.text for word in hidden)


@pytest.mark.parametrize(("role", "by_branch"), [*((role, False) for role in LIMITED), ("recruiter", True)])
def test_an_answer_about_whom_the_asker_may_not_see_is_the_one_about_nobody(
    house: House, chat: RecruiterChat, intents: Intents, encode: Any, role: str, by_branch: bool
) -> None:
    limit_all(house, by_branch)
    misled = Misled()
    by_model = RecruiterChat(house.services, intents, encode, misled)  # type: ignore[arg-type]

    def ask_all() -> dict[str, Any]:
        told: dict[str, Any] = {}
        for language in LANGUAGES if by_branch else LANGUAGES[:1] if role == "manager" else LANGUAGES[1:]:
            asker = account(house, role, language)
            for asked in (*questions(language), f"/summary {OWN[language]}"):
                told[f"{language} {asked}"] = chat.answer(asked, asker)
        for tool in TOOLS if by_branch else ():  # whom a role sees is its positions, so once is enough
            for wanted in FILTERS if tool in ("count", "list") else (None,):
                misled.call = tool, wanted
                told[f"{tool} {wanted}"] = by_model.answer("候选人", asker)
        return told

    before = ask_all()
    hidden = hide(house)
    after = ask_all()
    for asked, answer in after.items():
        assert answer == before[asked], asked
        # A name that was asked for comes back in "there is no …", as any word would.
        told = repr(_parts(answer))
        for name in HIDDEN.values():
            told = told.replace(f"“{name}”", "")
        assert not any(word in told for word in hidden), asked
    owns = {language: f"{language} /summary {name}" for language, name in OWN.items()}
    assert all(OWN[language] in repr(_parts(after[own])) for language, own in owns.items() if own in after)
    assert set(owns.values()) & set(after)


def _parts(answer: Any) -> list[Any]:
    lines = [(item.text, item.quotes, item.link and item.link.path) for item in answer.items]
    return [
        answer.text,
        lines,
        [(each.id, each.title) for each in answer.choices],
        answer.about,
        [link.path for link in answer.links],
    ]


@pytest.mark.parametrize(("role", "language"), [*zip(ASKING, ("zh", "en", "zh", "en"), strict=True)])
async def test_both_doors_keep_the_other_positions_candidates_and_tell_ones_own(
    house: House, chat: RecruiterChat, role: str, language: Language
) -> None:
    limit_all(house, by_branch=False)
    house.services.settings.telegram.token = SecretStr(f"{BOT}:secret")
    allow_telegram(house.services, True, True, account(house, "admin"))
    assert write(house, 1, f"/link {new_code(house.services, account(house, role, language))}").note
    hidden = hide(house) - set(HIDDEN.values())
    sent = Sent()
    shown = []
    through_doors = [QUESTIONS[name][language] for name in ("best", "list", "waiting", "why", "said")]
    through_doors += [each[language] for each in BY_COMMAND.values()] + [f"/summary {OWN[language]}"]
    async with house.signed_in(role) as browser:
        csrf = csrf_of(await browser.get("/console/ask"))
        for number, asked in enumerate(through_doors, 2):
            asked = asked.format(HIDDEN[language])
            page = await browser.post("/console/ask", data={"csrf": csrf, "question": asked})
            assert page.status_code == 200
            shown.append(page.text)
            assert write(house, number, asked).kind == "recruiter"
            await answered(house, chat, sent)
    for told in ("".join(shown), "".join(f"{text}{keys}" for _, text, keys in sent.messages)):
        assert OWN[language] in told
        assert any(word in told for word in hidden) == (role in UNLIMITED)
    assert all(chat_id == CHAT for chat_id, _, _ in sent.messages)


@pytest.mark.parametrize("role", ASKING)
def test_no_answer_changes_with_scores_that_the_asker_must_not_know_before_rating(
    house: House, chat: RecruiterChat, role: str
) -> None:
    made = scored_interview(house.services, "zh", HIDDEN["zh"])
    scored_interview(house.services, "en", HIDDEN["en"])
    invited_interview(house.services, "zh", OWN["zh"], phone="13800001110")
    if role not in UNLIMITED:
        house.limit(role, "sales")
    with house.services.database.unit_of_work() as session:
        position_id = session.get_one(Interview, made).position_id
        row = session.get_one(Position, position_id)
        row.profile = {**row.profile, "review": {"blind_review": True}}

    language = LANGUAGES[ASKING.index(role) % 2]
    asker = account(house, role, language)

    def ask_all() -> dict[str, Any]:
        return {asked: chat.answer(asked, asker) for asked in questions(language)}

    before = ask_all()
    with house.services.database.unit_of_work() as session:
        for report in session.exec(select(Report).where(col(Report.position_id) == position_id)):
            report.match = 12.5 if (report.match or 0) > 50 else 97.5
            report.level = "senior" if report.level != "senior" else "junior"
            report.competencies = [
                {**line, "score": 100 - (line["score"] or 0), "level": 6 - (line["level"] or 3)}
                for line in report.competencies
            ]
    after = ask_all()
    for asked, answer in after.items():
        assert answer == before[asked], asked
        assert not any(figure in repr(_parts(answer)) for figure in ("12.5", "97.5")), asked
    assert any(answer.about for answer in after.values())
