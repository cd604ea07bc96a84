"""Whole interviews as rows, for pages and deliveries that need one without holding it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlmodel import select

from bot.accounts import Account
from bot.outreach.invitation import InvitationRequest, invite
from bot.services import Services
from core.clock import now
from core.content import Language
from core.encryption import DataKey
from core.tables import Answer, Delivery, Interview, Message, Question, Score, new_id
from dialogue.interview_plan import add_to_plan, plan_before_start, plan_interview, profile_of
from hr_bridge.delivery import plan_delivery
from hr_bridge.match import score_from_level
from hr_bridge.position import Form
from scoring.report import assessment_of, make_report
from scoring.rubric import question as library_question

BUILDER: Final = Account(id="program:tests", name="tests", role="admin")
FOLLOW_UP: Final[Mapping[Language, str]] = {"zh": "最后结果怎么样？", "en": "How did it turn out?"}
OPENING: Final[Mapping[Language, str]] = {"zh": "请简单介绍一下自己。", "en": "Please introduce yourself briefly."}
INTRODUCTION: Final[Mapping[Language, str]] = {
    "zh": "我做了四年企业软件销售，主要跑杭州和宁波的制造业客户。",
    "en": "I have sold business software for four years, mostly to manufacturers around Hangzhou.",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a candidate says to one core question, the passages that are evidence, and the level they earn."""

    answer: str
    quotes: tuple[str, ...]
    level: float | None
    follow_up: str | None = None
    unscored_reason: str | None = None


ANSWERS: Final[Mapping[Language, Mapping[str, Said]]] = {
    "zh": {
        "customer_communication_s2": Said(
            "去年有个做注塑的客户，采购一开始只问价格。我没有急着报价，先去车间看了半天，问他们排产怎么做。"
            "他们说每周要花两个人统计良率。我就按这个算了一笔账，一年能省下十一万。",
            ("我没有急着报价，先去车间看了半天，问他们排产怎么做。", "我就按这个算了一笔账，一年能省下十一万。"),
            3.6,
            "签了，首年二十八万，第二年又加了一个厂区。",
        ),
        "resilience_s1": Said(
            "刚到宁波的时候，头两个月一单没开。我每天晚上把被拒的原因写下来，发现七成是找错了人。"
            "第三个月我改成先约生产主管，当月签了两家。",
            ("我每天晚上把被拒的原因写下来，发现七成是找错了人。", "第三个月我改成先约生产主管，当月签了两家。"),
            3.4,
        ),
        "results_s1": Said(
            "前年的目标是一百八十万，我给自己拆到每个月十五万，每周五对一次数。年底做到了二百零六万。",
            ("我给自己拆到每个月十五万，每周五对一次数。", "年底做到了二百零六万。"),
            3.9,
        ),
        "customer_communication_t1": Said(
            "我会先听他说完，再问清楚是哪一天、哪个环节出的问题，把要点复述一遍请他确认。",
            ("再问清楚是哪一天、哪个环节出的问题，把要点复述一遍请他确认。",),
            3.0,
        ),
        "resilience_t1": Said("嗯，看情况吧。", (), None, unscored_reason="回答太短，没有可以评分的内容。"),
    },
    "en": {
        "customer_communication_s2": Said(
            "A moulding plant only asked for our price. I held the quote back, walked the shop floor for an hour "
            "and asked how they planned shifts. They had two people counting rejects every week, so I worked "
            "out what that cost them: about 110,000 yuan a year.",
            (
                "I held the quote back, walked the shop floor for an hour and asked how they planned shifts.",
                "I worked out what that cost them: about 110,000 yuan a year.",
            ),
            3.6,
            "They signed for 280,000 in the first year and added a second site later.",
        ),
        "resilience_s1": Said(
            "My first two months in Ningbo brought nothing. Every evening I wrote down why people had said no, and in "
            "seven of ten cases I had asked the wrong person. In month three I called production managers first and "
            "closed two deals.",
            ("Every evening I wrote down why people had said no", "In month three I called production managers first"),
            3.4,
        ),
        "results_s1": Said(
            "My target was 1.8 million. I split it into 150,000 a month and checked the figure every Friday. "
            "I finished the year at 2.06 million.",
            (
                "I split it into 150,000 a month and checked the figure every Friday.",
                "I finished the year at 2.06 million.",
            ),
            3.9,
        ),
        "customer_communication_t1": Said(
            "I would let them finish, ask which day and which step it was, and repeat the main points back to them.",
            ("ask which day and which step it was, and repeat the main points back to them",),
            3.0,
        ),
        "resilience_t1": Said("Well, it depends.", (), None, unscored_reason="Too short: there is nothing to score."),
    },
}


def invited_interview(
    services: Services,
    language: Language = "zh",
    name: str | None = None,
    position: str = "sales",
    phone: str = "13800001234",
    external_id: str | None = None,
) -> str:
    """An interview that nobody has begun; its id."""
    request = InvitationRequest(
        position=position,
        name=name or {"zh": "林晓芸", "en": "Maya Lindqvist"}[language],
        language=language,
        phone=phone,
        channel={"zh": "内推", "en": "Referral"}[language],
        external_id=external_id,
    )
    return invite(services, request, BUILDER).id


def finished_interview(
    services: Services,
    language: Language = "zh",
    name: str | None = None,
    answers: Mapping[str, Said] | None = None,
    form: Form = "a",
    interview_id: str | None = None,
) -> str:
    """A sales interview that was held to its end and not scored yet, `interview_id` where one is given; its id."""
    interview_id = interview_id or invited_interview(services, language, name)
    answers = ANSWERS[language] if answers is None else answers
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        profile = profile_of(session, interview)
        questions = add_to_plan(session, interview, plan_before_start(profile))
        questions += add_to_plan(session, interview, plan_interview(profile, [], form))
        interview.form = form
        talk = _Talk(interview, services.key_of(session, interview), language)
        facts = {f"fact_{fact.key}": fact for fact in profile.must_have_facts}
        for question in questions:
            if (fact := facts.get(question.source)) is not None:
                option = fact.options[1]
                talk.ask(question, fact.question.text(language))
                talk.answer(question, option.title.text(language), option.value)
            elif question.source == "opening":
                talk.ask(question, OPENING[language])
                talk.answer(question, INTRODUCTION[language])
            elif (said := answers.get(question.source)) is not None:
                talk.ask(question, library_question(question.source).text.text(language))
                talk.answer(question, said.answer)
                if said.follow_up is not None:
                    question.follow_up = "result"
                    talk.ask(question, FOLLOW_UP[language], "follow_up")
                    talk.answer(question, said.follow_up)
            question.closed_at = talk.at
        session.add_all(talk.rows)
        interview.consented_at = interview.planned_at = interview.started_at = interview.invited_at
        interview.finished_at = talk.at
        interview.time_used_s = 760.0
    return interview_id


def scored_interview(
    services: Services,
    language: Language = "zh",
    name: str | None = None,
    answers: Mapping[str, Said] | None = None,
    delivery: Mapping[str, Any] | None = None,
    interview_id: str | None = None,
) -> str:
    """A sales interview with scores, report and a planned delivery, whose row is set to `delivery`; its id."""
    answers = ANSWERS[language] if answers is None else answers
    interview_id = finished_interview(services, language, name, answers, interview_id=interview_id)
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, interview_id)
        key = services.key_of(session, interview)
        for question in session.exec(select(Question).where(Question.interview_id == interview_id)):
            if (said := answers.get(question.source)) is not None and question.competency is not None:
                session.add(_score(question, said, key))
        session.flush()
        make_report(session, interview, 1)
        assessment = assessment_of(session, services.keys, interview, 1)
        plan_delivery(session, services.keys, assessment, "result", 1, "records")
        session.flush()
        for row in session.exec(select(Delivery).where(Delivery.interview_id == interview_id)):
            for field, value in (delivery or {}).items():
                setattr(row, field, value)
    return interview_id


def _score(question: Question, said: Said, key: DataKey) -> Score:
    heard = said.answer if said.follow_up is None else f"{said.answer}\n{said.follow_up}"
    return Score(
        interview_id=question.interview_id,
        question_id=question.id,
        version=1,
        competency=question.competency,
        level=said.level,
        score=None if said.level is None else round(score_from_level(said.level), 1),
        confidence=0.0 if said.level is None else 0.78,
        star={"situation": 2, "action": 2, "result": 1},
        relevance=2.0,
        unscored_reason=said.unscored_reason,
        model="builder",
        evidence_sealed=key.seal(json.dumps(_evidence(heard, said.quotes), ensure_ascii=False), "evidence"),
        scored_at=now(),
    )


def _evidence(heard: str, quotes: Sequence[str]) -> list[dict[str, Any]]:
    starts = [heard.index(quote) for quote in quotes]
    return [
        {"quote": quote, "indicator": "", "start": start, "end": start + len(quote)}
        for quote, start in zip(quotes, starts, strict=True)
    ]


class _Talk:
    """Writes both sides of a conversation, twenty seconds apart."""

    def __init__(self, interview: Interview, key: DataKey, language: Language) -> None:
        self._interview, self._key, self._language = interview, key, language
        self.at = interview.invited_at
        self.rows: list[Message | Answer] = []

    def ask(self, question: Question, text: str, kind: str = "question") -> None:
        message = self._say("bot", kind, text, question.id)
        question.asked_at = question.asked_at or message.created_at

    def answer(self, question: Question, text: str, value: str | None = None) -> None:
        message = self._say("candidate", "answer", text, None)
        self.rows.append(
            Answer(
                interview_id=self._interview.id,
                question_id=question.id,
                turn_id=message.turn_id,
                text_sealed=self._key.seal(text),
                value=value,
                given_at=message.created_at,
            )
        )

    def _say(self, sender: str, kind: str, text: str, question_id: str | None) -> Message:
        self.at += timedelta(seconds=20)
        seq = 1 + sum(isinstance(row, Message) for row in self.rows)
        message = Message(
            interview_id=self._interview.id,
            seq=seq,
            sender=sender,
            kind=kind,
            text_sealed=self._key.seal(text),
            question_id=question_id,
            turn_id=new_id(),
            created_at=self.at,
        )
        self.rows.append(message)
        return message
