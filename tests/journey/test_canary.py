"""What a candidate says is unreadable at rest: a marked phrase is looked for in everything that an interview leaves."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import select

from core.tables import Delivery
from tests.stack import CandidateClient, Stack, eventually

CANARY = "紫色犀牛在第七车间门口唱歌"
CANARY_EN = "purple-rhinoceros-in-workshop-seven"
ANSWER = (
    f"去年有个客户一直嫌贵，{CANARY}，{CANARY_EN}，我先去车间看了半天，问他们怎么排产，"
    "算出来一年能省十一万，最后签了二十八万。"
)
SPELLINGS = tuple(
    spelling
    for text in (CANARY, CANARY_EN)
    for spelling in (
        text.encode(),
        text.encode("utf-16-le"),
        text.encode("gb18030"),
        text.encode("unicode_escape"),
        text.encode("unicode_escape").upper(),
    )
)


def files_of(stack: Stack) -> list[Path]:
    return [path for path in stack.folder.rglob("*") if path.is_file()]


def test_a_marked_phrase_is_found_nowhere_in_clear(stack: Stack) -> None:
    invitation = stack.invite("zh")
    candidate = CandidateClient(stack.base, invitation.token)
    candidate.go_to("structured", ANSWER)
    candidate.say(f"这题{CANARY}能再说一遍吗")
    candidate.post(CANARY_EN)
    candidate.read_until_quiet()
    candidate.go_to("own_questions", ANSWER)
    candidate.say(f"你们公司有{CANARY}吗？")
    candidate.press(candidate.buttons()[-1])

    def delivered() -> bool:
        with stack.services() as services, services.database.reading() as session:
            rows = session.exec(select(Delivery.state).where(Delivery.interview_id == invitation.id)).all()
            return list(rows) == ["sent"]

    eventually(delivered, 120, f"the result was not delivered; {stack.tail()}")
    searched = files_of(stack)
    assert {"mianshi.sqlite", "dbos.sqlite", "rasa.sqlite", "records.sqlite", "app.log"} <= {p.name for p in searched}
    found = [path.name for path in searched for spelling in SPELLINGS if spelling in path.read_bytes()]
    assert found == []


def test_the_search_would_find_a_phrase_that_is_there(stack: Stack) -> None:
    planted = stack.folder / "planted.log"
    planted.write_text(f"INFO {CANARY}", "utf-8")
    assert any(spelling in planted.read_bytes() for spelling in SPELLINGS)
    planted.unlink()
