from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.accounts import Account
from bot.approved_facts import FactAnswers, approve, known_facts, retire
from bot.candidate_questions import questions_waiting, replies_to
from bot.fact_match import FactMatcher, KnownFact, topics
from bot.hr_talk.offer import set_offer
from bot.recruiter_chat.slots import fold
from core.clock import now
from core.tables import Answer, Interview, Question, Score, new_id
from hr_bridge.position import load_positions
from scoring.assess import AnswerScorer
from tests.bot.console.house import House, csrf_of, furnish, furnished
from tests.bot.hr_talk.talk_house import recruiter
from tests.builders import BUILDER, finished_interview

ROWS = [
    line.split("\t")
    for line in Path(__file__).with_name("fact_questions.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
RECRUITER = Account("user:01RECRUITER", "recruiter", "recruiter", "zh")


@pytest.fixture(scope="module")
def matcher() -> FactMatcher:
    return FactMatcher(AnswerScorer.load().reader.meaning_of)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with furnished(tmp_path, monkeypatch) as services:
        yield furnish(services)


def ask(house: House, interview_id: str, text: str) -> str:
    """The candidate asks a question of their own; the answer row's id."""
    with house.services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        question = Question(interview_id=interview_id, stage="own_questions", position=0, source=f"own_{new_id()}")
        session.add(question)
        session.flush()
        sealed = house.services.key_of(session, interview).seal(text)
        row = Answer(
            interview_id=interview_id, question_id=question.id, turn_id=new_id(), text_sealed=sealed, given_at=now()
        )
        session.add(row)
        return row.id


def test_no_wrong_fact_is_given_in_nine_of_ten_matches_on_both_halves(matcher: FactMatcher) -> None:
    sales = next(position for position in load_positions() if position.key == "sales")
    matched: Counter[str] = Counter()
    right: Counter[str] = Counter()
    answerable: Counter[str] = Counter()
    written = {fold(one) for by_language in topics().values() for texts in by_language.values() for one in texts}
    for half, language, topic, question in ROWS:
        assert fold(question) not in written
        facts = [KnownFact(fact.topic, fact.text(language)) for fact in sales.approved_facts]  # type: ignore[arg-type]
        found = matcher.match(question, language, facts)  # type: ignore[arg-type]
        answerable[half] += topic != "none"
        matched[half] += found is not None
        right[half] += found is not None and found.key == topic
    print(matched, right, answerable)
    assert right["seen"] / matched["seen"] >= 0.9
    assert right["unseen"] / matched["unseen"] >= 0.9
    assert right["unseen"] / answerable["unseen"] >= 0.3


async def test_a_question_that_a_fact_answers_is_answered_at_once_and_marked_and_never_scored(
    house: House, matcher: FactMatcher
) -> None:
    interview_id = finished_interview(house.services, "zh")
    ask(house, interview_id, "五险一金从什么时候开始交")
    ask(house, interview_id, "公司明年会裁员吗")
    answers = FactAnswers(house.services, matcher)
    assert answers.answer_new() == 1
    assert answers.answer_new() == 0
    ((question, told),) = replies_to(house.services, interview_id)
    assert question == "五险一金从什么时候开始交"
    assert told == "（公司确认过的信息）入职当月开始缴纳五险一金，试用期也缴。"
    assert [line.text for line in questions_waiting(house.services, BUILDER)] == ["公司明年会裁员吗"]
    with house.services.database.reading() as session:
        assert session.query(Score).count() == 0


async def test_a_reply_approved_with_one_click_answers_the_next_candidate_until_it_is_retired(
    house: House, matcher: FactMatcher
) -> None:
    first = finished_interview(house.services, "zh", "张伟")
    answer_id = ask(house, first, "公司给配笔记本电脑吗")
    form = {
        "text": "入职当天发笔记本电脑。", "approve": "yes", "asked": "给配笔记本电脑吗", "position": "sales",
        "language": "zh",
    }  # fmt: skip
    async with house.signed_in("recruiter") as browser:
        csrf = csrf_of(await browser.get("/console/questions"))
        assert (await browser.post(f"/console/questions/{answer_id}", data={"csrf": csrf, **form})).status_code == 303
        assert "给配笔记本电脑吗" in (await browser.get("/console/positions/sales/facts")).text
    second = finished_interview(house.services, "zh", "李娜")
    ask(house, second, "请问给配笔记本电脑吗？")
    assert FactAnswers(house.services, matcher).answer_new() == 1
    assert replies_to(house.services, second)[0][1] == "（公司确认过的信息）入职当天发笔记本电脑。"
    sales = next(position for position in load_positions() if position.key == "sales")
    with house.services.database.reading() as session:
        (fact,) = [fact for fact in known_facts(session, sales, "zh") if fact.question]
    retire(house.services, "sales", fact.key, RECRUITER)
    third = finished_interview(house.services, "zh", "王芳")
    ask(house, third, "请问给配笔记本电脑吗？")
    assert FactAnswers(house.services, matcher).answer_new() == 0


def test_half_a_pair_is_refused(house: House) -> None:
    from bot.approved_facts import FactUnusable

    with pytest.raises(FactUnusable):
        approve(house.services, "sales", {"zh": ("有班车吗", "")}, RECRUITER)


async def test_who_asks_to_speak_with_somebody_is_led_to_the_talk_where_one_is_offered(
    house: House, matcher: FactMatcher
) -> None:
    first, second = finished_interview(house.services, "zh"), finished_interview(house.services, "en")
    ask(house, first, "请问可以直接和招聘的人通个电话吗？")
    assert FactAnswers(house.services, matcher).answer_new() == 0
    with house.services.database.unit_of_work() as session:
        set_offer(session, "sales", "phone", "", True, recruiter(house.services, "mei"))
    ask(house, second, "Could I speak with somebody from HR?")
    assert FactAnswers(house.services, matcher).answer_new() == 2
    assert "约招聘人员聊十分钟" in replies_to(house.services, first)[0][1]
    assert "book ten minutes with the recruiter" in replies_to(house.services, second)[0][1]
