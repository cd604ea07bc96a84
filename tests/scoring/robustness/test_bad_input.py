"""What no scorer can judge is said to be so, in a sentence for a recruiter; what it can is scored, and never crashes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from scoring.score import AnswerToScore
from scoring.scorers import unscorable

QUESTION = {"en": "Tell me about a time you solved a hard problem.", "zh": "请讲一次你解决难题的经历。"}
STORY = "I called the supplier, checked forty boxes with him and found that the seals were one millimetre too small. "
UNSCORABLE = [
    ("", unscorable.EMPTY),
    (" \n\t", unscorable.EMPTY),
    ("👍🎉🙂", unscorable.NO_WORDS),
    ("?!…", unscorable.NO_WORDS),
    ("12345 67890", unscorable.NO_WORDS),
    ("Teamwork.", unscorable.TOO_SHORT),
    ("沟通", unscorable.TOO_SHORT),
    ("👍 good 👍", unscorable.TOO_SHORT),
    (
        "L'année dernière un client mécontent est venu; je l'ai écouté et nous avons remplacé la pièce.",
        unscorable.OTHER_LANGUAGE,
    ),
    (
        "un jour un client est venu avec un telephone casse je lui ai dit de revenir le lendemain",
        unscorable.OTHER_LANGUAGE,
    ),
    ("去年、難しいお客様がいらっしゃいました。私はまず話を聞いて、部品を交換しました。", unscorable.OTHER_LANGUAGE),
    ("昨年大規模障害発生時、私が原因調査担当、三日間徹夜作業、復旧完了した。", unscorable.OTHER_LANGUAGE),
    ("a" * 25_000, unscorable.OTHER_LANGUAGE),
    ("asdf qwer zxcv hjkl uiop", unscorable.OTHER_LANGUAGE),
    ("for i in range(10):\n    if a[i] > b[i]:\n        swap(a, i)\nprint(a)", unscorable.CODE),
    ("<script>alert(1)</script><b>{x: [1, 2]}</b>", unscorable.CODE),
]
SCORED = [
    "去年那个 project 的 deadline 很紧，我先跟 client align 了 scope，然后把 team 分成两组，最后 on time delivery 了",
    "Our team in 深圳 had a bug in the 支付 module, so I wrote a script that checked every order for two days.",
    "I fixed a bug in our billing job: `for i in range(n)` skipped the last row, so I wrote a test and then changed it.",
    f"{STORY}\x00\u202e\u3164 It held.",
    (STORY * 300)[:20_000],
    "".join(f"第{i}天我给{i}号客户打电话，问清楚他要什么，再去仓库核对。" for i in range(800))[:20_000],
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("answer", "reason"), UNSCORABLE)
def test_what_cannot_be_judged_is_unscored_with_its_reason(scorer, answer, reason, language):
    score = scorer.score([AnswerToScore("problem_solving", QUESTION[language], answer, language)])[0]
    assert (score.score, score.level) == (None, None)
    assert score.unscored_reason == reason.text(language)


@pytest.mark.parametrize("answer", SCORED)
def test_mixed_odd_and_very_long_answers_are_scored(scorer, answer):
    score = scorer.score([AnswerToScore("problem_solving", QUESTION["en"], answer)])[0]
    assert 1 <= score.level <= 5
    assert all(answer[q.start : q.end] == q.quote for q in score.evidence)


def test_a_transcript_of_low_confidence_is_unscored_and_of_middling_confidence_less_sure(scorer):
    def heard(confidence: float | None):
        asked = AnswerToScore("problem_solving", QUESTION["en"], STORY, "en", transcript_confidence=confidence)
        return scorer.score([asked])[0]

    assert heard(0.3).unscored_reason == unscorable.UNHEARD.en
    assert heard(0.6).confidence < heard(None).confidence


def test_the_command_line_says_why_and_succeeds(tmp_path: Path):
    answer = tmp_path / "answer.txt"
    answer.write_text("👍", encoding="utf-8")
    asked = ["score", "--competency", "problem_solving", "--question", QUESTION["zh"], "--answer-file", str(answer)]
    done = CliRunner().invoke(app, [*asked, "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert (document["score"], document["level"], document["evidence"]) == (None, None, [])
    assert document["unscored_reason"] == unscorable.NO_WORDS.zh
