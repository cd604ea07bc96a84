"""One function for each thing that can be asked. All read the people they were given and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import yaml
from sqlmodel import Session, col, select

from bot.accounts import Account
from bot.candidate_questions import count_waiting
from bot.console.comparison import MOST
from bot.console.review_doubts import doubts_of, in_order
from bot.console.review_queue import read_cases, tags_of
from bot.outreach.letters import plan_of
from bot.outreach.wording import short_moment
from bot.positions import newest_position
from bot.recruiter_chat.answer import AnswerItem, Link, RecruiterAnswer
from bot.recruiter_chat.intent import Encode
from bot.recruiter_chat.records import Person, read_results
from bot.recruiter_chat.slots import Slots
from bot.services import Services
from bot.status import TITLES, Status
from core.clock import now
from core.content import Language
from core.tables import Answer, Interview, Question, Talk
from scoring.description import clauses
from scoring.engines.embedder import FloatArray
from scoring.report import evidence_of, newest_report
from scoring.rubric import load_competency

MOST_LISTED: Final = 10
MOST_QUOTES: Final = 3
MOST_CLAUSES: Final = 60
LONGEST_QUOTE: Final = 160
SAID_FROM: Final = 0.35
"""Below this likeness nothing that a candidate said is near what was asked."""
FRESH: Final = timedelta(hours=24)
_TEXTS: Final = Path(__file__).with_name("texts.yml")


@dataclass(frozen=True, slots=True, repr=False)
class Desk:
    """What an answer is made from. `people` are all whom the asker may ask about, `named` those the question names,
    each settled to one."""

    services: Services
    session: Session
    asker: Account
    people: Sequence[Person]
    titles: Mapping[str, Mapping[str, str]]
    slots: Slots
    named: tuple[Person, ...]
    encode: Encode | None

    @property
    def language(self) -> Language:
        return self.slots.language

    @property
    def meant(self) -> Sequence[Person]:
        """The people of the positions that the question names, or everybody."""
        wanted = self.slots.positions
        return [person for person in self.people if not wanted or person.position_key in wanted]

    def say(self, key: str, **facts: object) -> str:
        return say(self.language, key, **facts)

    def who(self, person: Person) -> str:
        return self.say("person", name=person.name, position=person.position_title[self.language])


def say(language: Language, key: str, **facts: object) -> str:
    return texts()[key][language].format(**facts)


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(_TEXTS.read_text("utf-8"))
    return found


def today(desk: Desk) -> RecruiterAnswer:
    """What waits for a person, what came in, whose link runs out."""
    moment = now()
    soon = sorted(
        (p for p in desk.people if p.status in (Status.INVITED, Status.IN_PROGRESS) and p.expires_at - moment < FRESH),
        key=lambda person: person.expires_at,
    )
    items = [
        AnswerItem(
            desk.say(
                "ends_soon",
                name=person.name,
                position=person.position_title[desk.language],
                left=lasted(person.expires_at - moment, desk.language),
            ),
            link=_report_link(desk, person),
        )
        for person in soon[:MOST_LISTED]
    ]
    text = desk.say(
        "today",
        pending=sum(person.is_to_decide for person in desk.people),
        people=sum(person.asks_person for person in desk.people),
        questions=count_waiting(desk.session, {person.id for person in desk.people}),
        fresh=sum(person.finished_at is not None and moment - person.finished_at < FRESH for person in desk.people),
        going=sum(person.status is Status.IN_PROGRESS for person in desk.people),
    )
    talks = _talks_soon(desk, moment)
    items = [*talks, *items]
    links = [Link(desk.say("queue"), "/console/review"), Link(desk.say("questions_link"), "/console/questions")]
    if talks:
        links.append(Link(desk.say("talks_link"), "/console/talks"))
    return RecruiterAnswer(
        text, tuple(items), links=tuple(links), about=tuple(person.id for person in soon[:MOST_LISTED])
    )


def _talks_soon(desk: Desk, moment: datetime) -> list[AnswerItem]:
    """The ten-minute talks of the next day, each by the clock of its position."""
    people = {person.id: person for person in desk.people}
    rows = select(Talk).where(
        col(Talk.time_id).is_not(None), Talk.starts_at > moment - timedelta(hours=1), Talk.starts_at < moment + FRESH
    )
    found = []
    for talk in desk.session.exec(rows.order_by(col(Talk.starts_at))):
        person = people.get(talk.interview_id)
        if person is not None and person.status is not Status.WITHDRAWN and talk.outcome is None:
            zone = ZoneInfo(plan_of(newest_position(desk.session, person.position_key)).time_zone)
            at = short_moment(talk.starts_at, zone, desk.language)
            told = desk.say("talk_soon", at=at, name=person.name, position=person.position_title[desk.language])
            found.append(AnswerItem(told, link=Link(desk.say("talks_link"), f"/console/interviews/{person.id}#talk")))
    return found[:MOST_LISTED]


def pending(desk: Desk) -> RecruiterAnswer:
    """The review queue in its own order, with the reasons to look."""
    waiting = {person.id: person for person in desk.meant if person.is_to_decide}
    cases = in_order(read_cases(desk.session, waiting), now())
    if not cases:
        return RecruiterAnswer(desk.say("pending_none"))
    items = []
    for case in cases[:MOST_LISTED]:
        person = waiting[case.id]
        tags = [words for _, words in tags_of(doubts_of(case, now()), desk.language, person.is_blind)]
        told = [desk.who(person), desk.say("waited", time=lasted(person.waited, desk.language)), *tags]
        items.append(AnswerItem(_joined(told, desk.language), link=_review_link(desk, person)))
    items += _more(desk, len(cases))
    return RecruiterAnswer(
        desk.say("pending", n=len(cases)),
        tuple(items),
        links=(Link(desk.say("queue"), "/console/review"),),
        about=tuple(case.id for case in cases[:MOST_LISTED]),
    )


def pipeline(desk: Desk) -> RecruiterAnswer:
    """How many stand where, by position."""
    keys = desk.slots.positions or tuple(sorted({person.position_key for person in desk.people}))
    items = []
    for key in keys:
        own = [person for person in desk.people if person.position_key == key]
        counted = Counter(person.status for person in own)
        decided = Counter(person.decision for person in own if person.decision)
        told = [f"{TITLES[status][desk.language]} {counted[status]}" for status in Status if counted[status]]
        told += [
            f"{desk.say(f'decision_{value}')} {decided[value]}"
            for value in ("advance", "hold", "reject")
            if decided[value]
        ]
        head = desk.say("pipeline", position=desk.titles[key][desk.language], total=len(own))
        items.append(
            AnswerItem(
                f"{head}{'' if desk.language == 'zh' else ' '}{_joined(told, desk.language)}",
                link=Link(desk.say("list_link"), f"/console?position={key}"),
            )
        )
    if not items:
        return RecruiterAnswer(desk.say("nobody"))
    if len(items) == 1:
        assert items[0].link
        return RecruiterAnswer(items[0].text, links=(items[0].link,))
    return RecruiterAnswer(desk.say("pipeline_all"), tuple(items))


def summary(desk: Desk) -> RecruiterAnswer:
    """One person's match, level and competencies, each with the first words of its evidence."""
    person = desk.named[0]
    if (hindrance := _no_levels(desk, person)) is not None:
        return hindrance
    report = newest_report(desk.session, person.id)
    assert report is not None
    quotes = _quotes(desk, person)
    items = []
    for line in sorted(report.competencies, key=lambda each: -1.0 if each["score"] is None else -each["score"]):
        items.append(
            AnswerItem(_scored(desk, line), quotes.get(line["key"], ())[:1], _evidence_link(desk, person, line["key"]))
        )
    text = desk.say(
        "summary",
        name=person.name,
        position=person.position_title[desk.language],
        match=_figure(person.match),
        level=desk.say(f"level_{person.level or 'none'}"),
        line=_figure(person.pass_line),
    )
    return RecruiterAnswer(
        _with_state(desk, text, person), tuple(items), links=(_report_link(desk, person),), about=(person.id,)
    )


def why(desk: Desk) -> RecruiterAnswer:
    """One competency of one person: the level, what it means, what the next would show, and the words it rests on."""
    person, key = desk.named[0], desk.slots.competency
    if key is None:
        return summary(desk)
    if (hindrance := _no_levels(desk, person)) is not None:
        return hindrance
    line = read_results(desk.session, [person])[person.id].get(key)
    competency = load_competency(key)
    title = competency.title.text(desk.language)
    if line is None:
        text = desk.say("why_not_assessed", name=person.name, competency=title)
        return RecruiterAnswer(text, links=(_report_link(desk, person),), is_known=False, about=(person.id,))
    link = _evidence_link(desk, person, key)
    if line["score"] is None:
        return RecruiterAnswer(f"{desk.who(person)} {_scored(desk, line)}", links=(link,), about=(person.id,))
    text = desk.say(
        "why", name=person.name, competency=title, score=_figure(line["score"]), level=f"{line['level']:.1f}"
    )
    met = max(level for level in competency.anchors if level <= max(1.0, line["level"]))
    items = [AnswerItem(desk.say("why_anchor", level=met, anchor=competency.anchors[met].text(desk.language)))]
    for above in [level for level in competency.anchors if level == met + 1]:
        anchor = competency.anchors[above].text(desk.language)
        items.append(AnswerItem(desk.say("why_next", level=above, anchor=anchor)))
    if "corrected_from" in line:
        items.append(AnswerItem(desk.say("why_corrected")))
    quotes = _quotes(desk, person).get(key, ())[:MOST_QUOTES]
    items.append(AnswerItem(desk.say("why_quotes" if quotes else "why_no_quotes"), quotes, link))
    return RecruiterAnswer(text, tuple(items), links=(_report_link(desk, person),), about=(person.id,))


def compare(desk: Desk) -> RecruiterAnswer:
    """Two and more of one position, competency by competency."""
    people = desk.named
    about = tuple(person.id for person in people)
    for person in people:
        if person.is_blind:
            return _blind(desk, person)
    if (
        len({person.position_key for person in people}) > 1
        or not all(person.is_reported for person in people)
        or len(people) > MOST
    ):
        return RecruiterAnswer(desk.say("compare_not"), is_known=False, about=about)
    results = read_results(desk.session, people)
    keys = [key for key in results[people[0].id] if desk.slots.competency in (None, key)]
    rows = [(desk.say("match"), [person.match for person in people])]
    for key in keys:
        scores = [results[person.id].get(key, {}).get("score") for person in people]
        rows.append((load_competency(key).title.text(desk.language), scores))
    items = [
        AnswerItem(
            desk.say(
                "compared_line",
                competency=title,
                scores=_joined([f"{p.name} {_figure(s)}" for p, s in zip(people, scores, strict=True)], desk.language),
            )
        )
        for title, scores in rows
    ]
    link = Link(desk.say("compare_link"), f"/console/review/compare?of={','.join(about)}")
    return RecruiterAnswer(desk.say("compared"), tuple(items), links=(link,), about=about)


def best(desk: Desk) -> RecruiterAnswer:
    """Ranked by a competency, or by match."""
    reported = [person for person in desk.meant if person.is_reported and person.status is not Status.WITHDRAWN]
    seen = [person for person in reported if not person.is_blind]
    key = desk.slots.competency
    results = read_results(desk.session, seen) if key else {}
    scores = {p.id: results.get(p.id, {}).get(key, {}).get("score") if key else p.match for p in seen}
    ranked = [person for person in seen if scores[person.id] is not None]
    ranked.sort(key=lambda person: (scores[person.id] or 0.0) * (1 if desk.slots.is_lowest else -1))
    notes = [AnswerItem(desk.say("hidden", n=len(reported) - len(seen)))] if len(seen) < len(reported) else []
    if not ranked:
        return RecruiterAnswer(desk.say("nobody_scored"), tuple(notes), is_known=False)
    shown = ranked[: MOST_LISTED // 2]
    items = []
    for person in shown:
        quotes = _quotes(desk, person).get(key, ())[:1] if key else ()
        told = desk.say(
            "score_of",
            name=person.name,
            position=person.position_title[desk.language],
            score=_figure(scores[person.id]),
        )
        items.append(AnswerItem(told, quotes, _evidence_link(desk, person, key) if key else _report_link(desk, person)))
    if key is None and len({person.position_key for person in shown}) > 1:
        notes.append(AnswerItem(desk.say("not_comparable")))
    title = load_competency(key).title.text(desk.language) if key else desk.say("match")
    head = desk.say("worst" if desk.slots.is_lowest else "best", competency=title)
    return RecruiterAnswer(head, (*items, *notes), about=tuple(person.id for person in shown))


def count(desk: Desk) -> RecruiterAnswer:
    found = _filtered(desk)
    text = desk.say(
        "count" if desk.slots.filter else "count_all",
        where=_where(desk),
        what=desk.say(f"filter_{desk.slots.filter}") if desk.slots.filter else "",
        n=len(found),
    )
    return RecruiterAnswer(text, tuple(_blind_note(desk)), links=(_list_link(desk),))


def list_people(desk: Desk) -> RecruiterAnswer:
    found = _filtered(desk)
    if not found:
        return RecruiterAnswer(desk.say("nobody"), tuple(_blind_note(desk)))
    text = desk.say(
        "list" if desk.slots.filter else "list_all",
        where=_where(desk),
        what=desk.say(f"filter_{desk.slots.filter}") if desk.slots.filter else "",
        n=len(found),
    )
    items = [
        AnswerItem(
            _joined([desk.who(person), TITLES[person.status][desk.language]], desk.language),
            link=_report_link(desk, person),
        )
        for person in found[:MOST_LISTED]
    ]
    about = tuple(person.id for person in found[:MOST_LISTED])
    return RecruiterAnswer(
        text, (*items, *_more(desk, len(found)), *_blind_note(desk)), links=(_list_link(desk),), about=about
    )


def waiting(desk: Desk) -> RecruiterAnswer:
    """Whose result has been due for longest."""
    queue = sorted((person for person in desk.meant if person.is_to_decide), key=lambda each: each.finished_at or now())
    if not queue:
        return RecruiterAnswer(desk.say("waiting_none"))
    first = queue[0]
    text = desk.say(
        "waiting",
        name=first.name,
        position=first.position_title[desk.language],
        time=lasted(first.waited, desk.language),
    )
    items = [
        AnswerItem(
            _joined([desk.who(person), desk.say("waited", time=lasted(person.waited, desk.language))], desk.language),
            link=_review_link(desk, person),
        )
        for person in queue[1:4]
    ]
    about = tuple(person.id for person in queue[:4])
    return RecruiterAnswer(text, tuple(items), links=(_review_link(desk, first),), about=about)


def state(desk: Desk) -> RecruiterAnswer:
    """How far one person has come."""
    person = desk.named[0]
    text = desk.say(
        "state",
        name=person.name,
        position=person.position_title[desk.language],
        status=TITLES[person.status][desk.language],
    )
    return RecruiterAnswer(_with_state(desk, text, person), links=(_report_link(desk, person),), about=(person.id,))


def pay(desk: Desk) -> RecruiterAnswer:
    person = desk.named[0]
    return RecruiterAnswer(desk.say("pay", name=person.name), links=(_report_link(desk, person),), about=(person.id,))


def said(desk: Desk) -> RecruiterAnswer:
    """The sentences of one person's answers that come nearest to what was asked; nothing where none is near."""
    person = desk.named[0]
    answered = _answered(desk, person)
    if not answered or desk.encode is None:
        return RecruiterAnswer(desk.say("said_no_answers", name=person.name), is_known=False, about=(person.id,))
    sentences = [(sentence, place) for text, place in answered for sentence in clauses(text)][:MOST_CLAUSES]
    if not sentences:
        return RecruiterAnswer(desk.say("said_no_answers", name=person.name), is_known=False, about=(person.id,))
    vectors = np.array([desk.encode(sentence) for sentence, _ in sentences], dtype=np.float32)
    common = vectors.mean(0)
    likeness = _unit(vectors - common) @ _unit(desk.encode(desk.slots.masked) - common)
    near = [at for at in np.argsort(-likeness)[:MOST_QUOTES] if likeness[at] >= SAID_FROM]
    if not near:
        text = desk.say("said_none", name=person.name)
        return RecruiterAnswer(text, links=(_report_link(desk, person),), is_known=False, about=(person.id,))
    items = [
        AnswerItem(
            "",
            (_short(sentences[at][0]),),
            Link(desk.say("evidence"), f"/console/interviews/{person.id}#question-{sentences[at][1]}"),
        )
        for at in near
    ]
    return RecruiterAnswer(desk.say("said", name=person.name), tuple(items), about=(person.id,))


def help_(desk: Desk) -> RecruiterAnswer:
    lines = ("today", "pending", "pipeline", "summary", "compare", "free")
    return RecruiterAnswer(desk.say("help"), tuple(AnswerItem(desk.say(f"help_{line}")) for line in lines))


def nothing(desk: Desk) -> RecruiterAnswer:
    return RecruiterAnswer(desk.say("cannot_say"), is_known=False)


TOOLS: Final[Mapping[str, Callable[[Desk], RecruiterAnswer]]] = {
    "today": today,
    "pending": pending,
    "pipeline": pipeline,
    "summary": summary,
    "compare": compare,
    "best": best,
    "why": why,
    "count": count,
    "list": list_people,
    "waiting": waiting,
    "state": state,
    "pay": pay,
    "said": said,
    "help": help_,
    "none": nothing,
}
NEED_ONE: Final = frozenset({"summary", "why", "state", "pay", "said"})


_FILTERS: Final[Mapping[str, Callable[[Person], bool]]] = {
    "not_started": lambda p: p.status is Status.INVITED,
    "in_progress": lambda p: p.status is Status.IN_PROGRESS,
    "finished": lambda p: p.status in (Status.COMPLETED, Status.SCORED, Status.DELIVERED),
    "withdrawn": lambda p: p.status is Status.WITHDRAWN,
    "expired": lambda p: p.status is Status.EXPIRED,
    "advanced": lambda p: p.decision == "advance",
    "held": lambda p: p.decision == "hold",
    "rejected": lambda p: p.decision == "reject",
    "pending": lambda p: p.is_to_decide,
    "asks_person": lambda p: p.asks_person,
    "above_line": lambda p: p.match is not None and p.match >= p.pass_line,
    "below_line": lambda p: p.match is not None and p.match < p.pass_line,
}
FILTERS: Final = tuple(_FILTERS)


def _everybody(_: Person) -> bool:
    return True


def _filtered(desk: Desk) -> list[Person]:
    keeps = _FILTERS.get(desk.slots.filter or "", _everybody)
    return [person for person in desk.meant if keeps(person)]


def _blind_note(desk: Desk) -> list[AnswerItem]:
    """Where the line is asked for, whoever is still to be rated blind is in neither number."""
    if desk.slots.filter not in ("above_line", "below_line"):
        return []
    hidden = sum(person.is_blind and person.is_reported for person in desk.meant)
    return [AnswerItem(desk.say("hidden", n=hidden))] if hidden else []


def _where(desk: Desk) -> str:
    if not desk.slots.positions:
        return ""
    names = _joined([desk.titles[key][desk.language] for key in desk.slots.positions], desk.language)
    return desk.say("at_position", position=names)


def _list_link(desk: Desk) -> Link:
    query = f"?position={desk.slots.positions[0]}" if len(desk.slots.positions) == 1 else ""
    return Link(desk.say("list_link"), f"/console{query}")


def _no_levels(desk: Desk, person: Person) -> RecruiterAnswer | None:
    """Why nothing can be said of a person's levels."""
    if person.is_blind and person.is_reported:
        return _blind(desk, person)
    if person.is_reported:
        return None
    text = desk.say(
        "no_report",
        name=person.name,
        position=person.position_title[desk.language],
        status=TITLES[person.status][desk.language],
    )
    return RecruiterAnswer(text, links=(_report_link(desk, person),), is_known=False, about=(person.id,))


def _blind(desk: Desk, person: Person) -> RecruiterAnswer:
    link = Link(desk.say("to_review"), f"/console/review/{person.id}")
    return RecruiterAnswer(desk.say("blind", name=person.name), links=(link,), is_known=False, about=(person.id,))


def _scored(desk: Desk, line: Mapping[str, Any]) -> str:
    title = load_competency(line["key"]).title.text(desk.language)
    if line["score"] is None:
        return desk.say("competency_unscored", competency=title, why=str(line["unscored_reason"]).rstrip("。."))
    return desk.say("competency", competency=title, score=_figure(line["score"]))


def _with_state(desk: Desk, text: str, person: Person) -> str:
    told = [text]
    if person.finished_at is not None:
        told.append(desk.say("state_finished", at=_moment(person.finished_at)))
    elif person.status in (Status.INVITED, Status.IN_PROGRESS, Status.EXPIRED):
        told.append(desk.say("state_invited", at=_moment(person.invited_at), until=_moment(person.expires_at)))
    if person.decision is not None:
        told.append(desk.say("state_decision", decision=desk.say(f"decision_{person.decision}")))
    elif person.is_reported:
        told.append(desk.say("state_undecided"))
    if person.asks_person:
        told.append(desk.say("state_asks"))
    return ("" if desk.language == "zh" else " ").join(told)


def _quotes(desk: Desk, person: Person) -> Mapping[str, tuple[str, ...]]:
    report = newest_report(desk.session, person.id)
    if report is None:
        return {}
    key = desk.services.key_of(desk.session, desk.session.get_one(Interview, person.id))
    found = evidence_of(desk.session, report, key)
    return {competency: tuple(_short(item["quote"]) for item in items) for competency, items in found.items()}


def _answered(desk: Desk, person: Person) -> list[tuple[str, str]]:
    """(answer, question's id), in order; facts given by button are for HR and are left out."""
    key = desk.services.key_of(desk.session, desk.session.get_one(Interview, person.id))
    rows: Any = (
        select(Answer.text_sealed, Answer.question_id)
        .join(Question, col(Question.id) == col(Answer.question_id))
        .where(Answer.interview_id == person.id, col(Answer.value).is_(None), Question.stage != "own_questions")
        .order_by(col(Answer.id))
    )
    return [(key.open(sealed), question_id) for sealed, question_id in desk.session.exec(rows)]


def _report_link(desk: Desk, person: Person) -> Link:
    return Link(desk.say("report"), f"/console/interviews/{person.id}")


def _review_link(desk: Desk, person: Person) -> Link:
    return Link(desk.say("report"), f"/console/review/{person.id}")


def _evidence_link(desk: Desk, person: Person, key: str | None) -> Link:
    return Link(desk.say("evidence"), f"/console/interviews/{person.id}#competency-{key}")


def _more(desk: Desk, total: int) -> list[AnswerItem]:
    return [AnswerItem(desk.say("more", n=total - MOST_LISTED))] if total > MOST_LISTED else []


def _joined(told: Sequence[str], language: Language) -> str:
    return ("，" if language == "zh" else ", ").join(told)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def _moment(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M")


def _short(quote: str) -> str:
    return quote if len(quote) <= LONGEST_QUOTE else f"{quote[:LONGEST_QUOTE]}…"


def lasted(time: timedelta, language: Language) -> str:
    """5 天, 3 小时 or less than an hour."""
    days, hours = time.days, int(time.total_seconds() // 3600)
    if days:
        return say(language, "one_day") if days == 1 else say(language, "days", n=days)
    if hours:
        return say(language, "one_hour") if hours == 1 else say(language, "hours", n=hours)
    return say(language, "minutes")


def _unit(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / (np.linalg.norm(rows, axis=-1, keepdims=True) + 1e-9), dtype=np.float32)
