"""What device, room and network did to an interview, as corrections that a report owes its reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from core.content import Language, Phrase
from core.tables import EnvironmentRecord, Position, Question, Report
from hr_bridge.position import PositionProfile
from scoring.scored_answers import is_withheld
from scoring.spoken import SpokenAnswer, spoken_answers

_CAUSE: Final[Mapping[str, Phrase]] = {
    "network": Phrase(zh="网络中断", en="the connection was lost"),
    "noise": Phrase(zh="环境噪音", en="of background noise"),
    "clipping": Phrase(zh="录音破音", en="the sound was distorted"),
    "sound": Phrase(zh="录音质量不佳", en="of poor sound"),
}
_NOT_COUNTED: Final[Mapping[str, Phrase]] = {
    "silence": Phrase(zh="没有声音", en="silence"),
    "noise": Phrase(zh="噪音太大", en="too much noise"),
    "clipping": Phrase(zh="破音", en="distorted sound"),
    "too_short": Phrase(zh="太短", en="too short"),
    "wrong_language": Phrase(zh="不是面试语言", en="another language"),
    "failed": Phrase(zh="系统未能转写", en="our system could not transcribe it"),
}
_NO_RECORDING: Final = Phrase(zh="文件无法识别", en="the file could not be read")
_UNNUMBERED: Final[Mapping[str, Phrase]] = {
    "background": Phrase(zh="基本情况部分", en="the background questions"),
    "facts": Phrase(zh="基本信息部分", en="the basic facts"),
    "opening": Phrase(zh="自我介绍", en="the introduction"),
    "own_questions": Phrase(zh="候选人提问环节", en="the candidate's own questions"),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """One sentence for the reader, about one question."""

    question_id: str
    text: str


def corrections_of(session: Session, report: Report, language: Language) -> list[Correction]:
    """What was taken into account for the environment of each question, in the order asked."""
    profile = PositionProfile.model_validate(session.get_one(Position, report.position_id).profile)
    questions = {q.id: q for q in session.exec(select(Question).where(Question.interview_id == report.interview_id))}
    found: list[tuple[int, Correction]] = []
    for spoken in spoken_answers(session, report.interview_id):
        text = _of_answer(spoken, profile.spoken_communication is not None, language)
        if text is not None:
            found.append((spoken.question.position, Correction(spoken.question.id, text)))
    for (question_id, reason), times in _attempts(session, report.interview_id).items():
        question = questions.get(question_id)
        if question is not None:
            text = _of_attempts(question, reason, times, language)
            found.append((question.position, Correction(question_id, text)))
    return [correction for _, correction in sorted(found, key=lambda pair: pair[0])]


def _of_answer(spoken: SpokenAnswer, counts: bool, language: Language) -> str | None:
    name = _name(spoken.question, language)
    if is_withheld(spoken.answer, spoken.recording):
        if language == "zh":
            return f"{name}的录音不够清楚，候选人没有确认文字稿，内容未计分。"
        return f"The recording of {name} was hard to make out and its transcript was not confirmed: content not scored."
    if spoken.impaired_by is None:
        return None
    cause = _CAUSE[spoken.impaired_by].text(language)
    lowered = spoken.impaired_by != "network"
    if language == "zh":
        what = [f"{name}表达未计分"] if counts else []
        what += [f"{'' if what else name}内容评分的可信度相应调低"] if lowered else []
        return f"因{cause}，{'，'.join(what)}。" if what else f"{name}录音时网络中断过，不影响评分。"
    what = ["delivery was not scored"] if counts else []
    what += ["the content was scored with lower confidence"] if lowered else []
    if not what:
        return f"The connection was lost while {name} was recorded; this did not affect the score."
    return f"Because {cause} in {name}, {' and '.join(what)}."


def _of_attempts(question: Question, reason: str, times: int, language: Language) -> str:
    why = _NOT_COUNTED.get(reason, _NO_RECORDING).text(language)
    name = _name(question, language)
    if language == "zh":
        return f"{name}有{times}次录音没有计入（{why}），候选人可以重录或打字。"
    many = "One recording" if times == 1 else f"{times} recordings"
    return f"{many} of {name} did not count ({why}); the candidate could record again or type."


def _attempts(session: Session, interview_id: str) -> Counter[tuple[str, str]]:
    rows = select(EnvironmentRecord).where(
        EnvironmentRecord.interview_id == interview_id,
        EnvironmentRecord.kind == "not_counted",
        col(EnvironmentRecord.question_id).is_not(None),
    )
    return Counter((row.question_id or "", str(row.figures.get("reason"))) for row in session.exec(rows))


def _name(question: Question, language: Language) -> str:
    if question.number is None:
        return _UNNUMBERED[question.stage].text(language)
    return f"第{question.number}题" if language == "zh" else f"question {question.number}"
