"""The sentences of a report in English. What is said is decided in `scoring/narrative.py`, here only how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hr_bridge.match import Grade
from scoring.findings import (
    OFF_THE_QUESTION_BELOW,
    PARTLY_BELOW,
    AnswerFacts,
    CompetencyFacts,
    DimensionFacts,
    Judged,
    ReportFacts,
    Standing,
    Unheard,
)
from scoring.scorers.structure import Part
from scoring.scorers.unscorable import reason_in

GRADES: Final[dict[Grade, str]] = {"junior": "junior", "mid": "mid", "senior": "senior"}
_STANDINGS: Final[dict[Standing, str]] = {
    "far_above": "is well above what the job needs",
    "above": "is above what the job needs",
    "meets": "meets what the job needs",
    "just_below": "falls just short of what the job needs",
    "below": "is below what the job needs",
    "far_below": "is well below what the job needs",
}
_STORY: Final[dict[Part, str]] = {"situation": "the situation", "action": "their own action", "result": "the result"}
_PLAN: Final[dict[Part, str]] = {
    "situation": "the situation",
    "action": "the steps they would take",
    "result": "the outcome they expect",
}
_UNHEARD: Final[dict[Unheard, str]] = {
    "skipped": "the candidate skipped {which}",
    "not_asked": "{which} was not asked",
    "unanswered": "{which} was asked but not answered",
}


def overview(facts: ReportFacts) -> list[str]:
    if facts.match is None:
        return ["Under half of the weight could be scored, so there is neither a match nor a level."]
    line = "at or above" if facts.match >= facts.pass_line else "below"
    sentences = [f"The match is {facts.match:.1f}, {line} the pass line of {facts.pass_line:g}. {_level(facts)}"]
    if facts.core_match is None:
        sentences.append("Under half of the weight could be scored on core questions, so there is no core score.")
    elif not facts.resume_scored:
        sentences.append("All of it comes from core questions; no résumé question counted.")
    else:
        gain = round(facts.match, 1) - round(facts.core_match, 1)
        effect = (
            "the résumé questions did not change it"
            if abs(gain) < 0.05
            else f"the résumé questions {'added' if gain > 0 else 'took off'} {abs(gain):.1f}"
        )
        sentences.append(f"On the core questions alone it is {facts.core_match:.1f}; {effect}.")
    return sentences


def strength(judged: Judged, grade: Grade) -> str:
    answer, star = judged.answer, _clear(judged)
    quote, where = _quotes(answer), _where(answer)
    if judged.against:
        opening = f"{_title(judged)} is below what the job needs overall, yet {where} gets there"
        return _join(f"{opening} (level {_number(answer.level)}){f': {quote}' if quote else ''}.", star)
    star = _join(star, _lesson(answer), _ask_back(judged))
    if not quote:
        basis = (
            f"The best is {where} (level {_number(answer.level)})"
            if judged.is_one_of_several
            else f"It rests on {where}"
        )
        return _join(_opening(judged, grade), f"{basis}.", star, _unsure(judged))
    evidence = (
        f"{_capital(where)} shows it best: {quote}.",
        f"The main evidence is in {where}: {quote}.",
        f"In {where} the candidate said {quote}.",
    )[judged.turn % 3]
    return _join(_opening(judged, grade), evidence, star, _unsure(judged))


def weakness(judged: Judged, grade: Grade) -> str:
    answer = judged.answer
    quote, where = _quotes(answer), _where(answer)
    if judged.against:
        gap = _gap(judged)
        opening = f"{_title(judged)} meets what the job needs overall, but {where} is weaker"
        return _join(f"{opening} (level {_number(answer.level)}){f': it {gap}' if gap else ''}.", _only(quote))
    gap = _gap(judged)
    if gap:
        evidence = f"{_capital(where)} {gap}."
    elif judged.is_one_of_several:
        evidence = f"The weakest is {where} (level {_number(answer.level)})."
    else:
        evidence = f"It rests on {where}."
    return _join(_opening(judged, grade), evidence, _only(quote), _unsure(judged))


def unscored(competency: CompetencyFacts, answers: Sequence[AnswerFacts]) -> str | None:
    title = competency.title.en
    reasons = [f"{_where(a)}: {_small(reason_in('en', a.unscored_reason or '').rstrip('.。'))}" for a in answers]
    reasons += [_UNHEARD[why].format(which=_question(number)) for number, why in competency.unheard]
    if not reasons and competency.level is not None:
        return None
    why = _capital("; ".join(reasons)) if reasons else "No question about it was asked"
    if competency.level is not None:
        return f"{title} was scored on part of its questions. {why}."
    return f"{title} could not be scored, which is not a zero. {why}."


def dimension(facts: DimensionFacts, heard: bool) -> str:
    """`heard` says whether any answer about the competency could be scored."""
    title = facts.title.en
    if facts.level is None:
        why = "no passage was found that shows it" if heard else "no answer about this competency could be scored"
        return f"{title}: not scored, which is not a zero; {why}."
    opening = f"{title}: level {_number(facts.level)}"
    quote = f"“{facts.passage}”" if facts.passage else ""
    if len(facts.answers) > 1:
        numbers = _and([str(number) for number in facts.answers])
        return f"{opening}, the mean of answers {numbers}{f'; answer {facts.told_in} has {quote}' if quote else ''}."
    where = f"answer {facts.answers[0]}" if facts.answers else "the answer"
    return f"{opening}, from {where}{f': {quote}' if quote else ''}."


def scorer(model: str, version: int, corrected: Sequence[str] = ()) -> str:
    by_person = f" A reviewer corrected the level of {', '.join(corrected)}." if corrected else ""
    return f"Scored by {model}, report version {version}.{by_person}"


def _level(facts: ReportFacts) -> str:
    applied = GRADES[facts.grade]
    if facts.level is None:
        return f"No level was reached: {'' if facts.grade == 'junior' else f'the application is for {applied}, and '}the answers do not meet junior."
    order = list(GRADES)
    apart = order.index(facts.level) - order.index(facts.grade)
    relation = "as applied for" if apart == 0 else f"{'above' if apart > 0 else 'below'} the {applied} applied for"
    return _join(f"The assessed level is {GRADES[facts.level]}, {relation}.", _in_spite(facts) if apart < 0 else "")


def _in_spite(facts: ReportFacts) -> str:
    """A match over the line with a level under the grade makes a reader ask why."""
    if facts.match is None or facts.match < facts.pass_line:
        return ""
    return (
        f"The match is over the line and the level is not, because the competencies that meet {GRADES[facts.grade]}"
        " carry under two thirds of the weight, or a must-have falls short."
    )


def _title(judged: Judged) -> str:
    return judged.facts.title.en


def _opening(judged: Judged, grade: Grade) -> str:
    level = _number(judged.facts.level)
    if judged.standing == "just_below":
        level = f"{judged.facts.level:.2f}"
    expected = f"{judged.facts.expected:g}"
    title, stands = _title(judged), _STANDINGS[judged.standing]
    return (
        f"{title} {stands}: level {level} where {GRADES[grade]} calls for {expected}.",
        f"{title}, at level {level}, {stands} ({expected} at {GRADES[grade]} grade).",
    )[judged.turn % 2]


def _number(level: float | None) -> str:
    return f"{level:.1f}"


def _question(number: int | None) -> str:
    return f"question {number}" if number is not None else "one question"


def _where(answer: AnswerFacts) -> str:
    if answer.number is None:
        return "the answer"
    return f"answer {answer.number}" + (" (a résumé question)" if answer.stage == "resume" else "")


def _quotes(answer: AnswerFacts) -> str:
    """The passages that say most, verbatim."""
    return _and([f"“{quote}”" for quote in answer.quotes]) if answer.quotes else ""


def _parts(judged: Judged, wanted: str) -> list[str]:
    names = _PLAN if judged.answer.stage == "situational" else _STORY
    return [names[part] for part, clarity in judged.parts.items() if clarity == wanted]


def _clear(judged: Judged) -> str:
    clear, blurred = _parts(judged, "clear"), _parts(judged, "unspecific")
    said = f"It is specific about {_and(clear)}" if clear else ""
    if said and blurred:
        return f"{said}, but not about {_or(blurred)}."
    return f"{said}." if said else f"It is not specific about {_or(blurred)}." if blurred else ""


def _gap(judged: Judged) -> str:
    """Where it is weak; nothing where nothing is sure."""
    answer, blurred = judged.answer, _parts(judged, "unspecific")
    if answer.relevance < OFF_THE_QUESTION_BELOW:
        return "gives little or nothing of what was asked for"
    faults = ["does not fully answer what was asked"] if answer.relevance < PARTLY_BELOW else []
    if judged.is_general:
        faults.append(
            "mostly says what one should do and not exactly what the candidate would do"
            if judged.is_plan
            else "tells what one should do or what others did, not what the candidate did"
        )
        blurred = [part for part in blurred if part not in (_STORY["action"], _PLAN["action"])]
    elif judged.is_mostly_we:
        faults.append("tells what “we” did, so that the candidate's own part can hardly be made out")
    if blurred:
        faults.append(f"is not specific about {_or(blurred)}")
    if faults and judged.is_without_figures:
        faults.append("gives no figure and no date")
    return _and(faults) if faults else ""


def _lesson(answer: AnswerFacts) -> str:
    return f"What the candidate took from it: “{answer.lesson}”." if answer.lesson else ""


def _ask_back(judged: Judged) -> str:
    return "The answer mostly says “we”, so ask what the candidate did." if judged.is_mostly_we else ""


def _only(quote: str) -> str:
    return f"The passage that says most is {quote}." if quote else "The scorer found no passage worth quoting."


def _unsure(judged: Judged) -> str:
    if not judged.unsure:
        return ""
    return f"The scorer is not sure here (confidence {judged.facts.confidence:.0%}): please read the answer yourself."


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
