from __future__ import annotations

import math

import numpy as np
import pytest

from hr_bridge.profile import Importance, PastHire, SentenceMatch, derive
from hr_bridge.profile.competencies import COMPETENCIES
from hr_bridge.profile.derivation import LEAST, PRIOR_SPREAD

SALES = ("customer_communication", "resilience", "results")
DESCRIPTION = (
    SentenceMatch("上门拜访客户", {"customer_communication": 0.7, "resilience": 0.2, "results": 0.1}),
    SentenceMatch("每月有签约目标", {"results": 0.8, "customer_communication": 0.1, "planning": 0.1}),
)


def simulated(effects: dict[str, float], n: int, seed: int = 1) -> list[PastHire]:
    """Hires whose performance is the sum of effects of independent standard scores, and chance."""
    rng = np.random.default_rng(seed)
    scores = {key: rng.standard_normal(n) for key in effects}
    chance = rng.standard_normal(n) * math.sqrt(1 - sum(r**2 for r in effects.values()))
    outcome = sum((r * scores[key] for key, r in effects.items()), start=chance)
    return [
        PastHire(
            interview={key: float(60 + 10 * scores[key][i]) for key in effects},
            performance=float(0.5 + 0.1 * outcome[i]),
        )
        for i in range(n)
    ]


def test_without_history_the_description_alone_decides() -> None:
    profile = derive([], DESCRIPTION, {}, SALES)
    assert [each.weight for each in profile.weights] == [each.prior for each in profile.weights]
    weights = {each.key: each.weight for each in profile.weights}
    assert weights["results"] > weights["customer_communication"] > weights["resilience"]
    assert {each.performance.verdict for each in profile.weights} == {"none"}
    by_key = {each.key: each for each in profile.weights}
    assert by_key["results"].sentence == "每月有签约目标"
    assert by_key["customer_communication"].sentence_share == 0.7


def test_with_neither_history_nor_description_all_weigh_the_same() -> None:
    assert [each.weight for each in derive([], [], {}, SALES).weights] == pytest.approx([1 / 3] * 3)


def test_the_prior_is_the_smoothed_share_of_the_sentences() -> None:
    even = 5 / 3
    shares = np.array([0.8 + even, 0.2 + even, 0.9 + even])
    expected = shares / shares.sum()
    assert [each.weight for each in derive([], DESCRIPTION, {}, SALES).weights] == pytest.approx(expected, abs=1e-9)


def test_a_work_style_above_the_usual_adds_to_the_prior() -> None:
    plain = derive([], DESCRIPTION, {}, SALES).weights[1]
    important = Importance("41-4012.00", ("1.C.4.b",), 4.9, 2.0)
    lifted = derive([], DESCRIPTION, {"resilience": important}, SALES).weights[1]
    odds = lifted.weight / (1 - lifted.weight) / (plain.weight / (1 - plain.weight))
    assert odds == pytest.approx(1.5)
    assert lifted.importance == important


def test_the_weights_add_up_to_one_and_so_do_the_rounded_ones() -> None:
    for n in (0, 5, 40, 400):
        profile = derive(simulated(dict(zip(SALES, (0.5, 0.3, 0.0), strict=True)), n), DESCRIPTION, {}, SALES)
        assert math.fsum(each.weight for each in profile.weights) == pytest.approx(1, abs=1e-12)
        assert math.fsum(profile.rounded().values()) == pytest.approx(1, abs=1e-9)
        assert all(abs(profile.rounded()[each.key] - each.weight) < 0.0101 for each in profile.weights)


def test_simulated_truth_is_recovered_where_there_are_many_hires() -> None:
    truth = dict(zip(SALES, (0.45, 0.3, 0.15), strict=True))
    profile = derive(simulated(truth, 20_000), DESCRIPTION, {}, SALES)
    z = np.arctanh(list(truth.values()))
    assert [each.weight for each in profile.weights] == pytest.approx(z / z.sum(), abs=0.015)


def test_the_weights_follow_the_formula_that_is_written_down() -> None:
    history = simulated(dict(zip(SALES, (0.5, 0.3, 0.1), strict=True)), 60)
    profile = derive(history, DESCRIPTION, {}, SALES)
    performance = np.array([hire.performance for hire in history])
    z = np.arctanh([np.corrcoef([h.interview[key] for h in history], performance)[0, 1] for key in SALES])
    mean, variance = z.mean(), 1 / 57
    s = mean * (1 - variance / mean**2)
    prior = np.array([each.prior for each in profile.weights]) * 3
    u = (prior / PRIOR_SPREAD**2 + s * z * 57) / (1 / PRIOR_SPREAD**2 + s**2 * 57)
    u = np.maximum(u, LEAST)
    assert profile.strength == pytest.approx(s, abs=1e-9)
    assert [each.weight for each in profile.weights] == pytest.approx(u / u.sum(), abs=1e-6)


def test_a_few_hires_move_less_than_many() -> None:
    truth = dict(zip(SALES, (0.0, 0.6, 0.0), strict=True))
    moved = []
    for n in (12, 60, 600):
        weights = [derive(simulated(truth, n, seed), DESCRIPTION, {}, SALES).weights[1] for seed in range(20)]
        moved.append(np.mean([each.weight - each.prior for each in weights]))
    assert 0 <= moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize("n", [30, 100])
def test_shrinking_is_nearer_the_truth_than_description_or_correlations_alone(n: int) -> None:
    rng = np.random.default_rng(n)
    errors: dict[str, list[float]] = {"prior": [], "history": [], "both": []}
    for seed in range(80):
        u0 = np.maximum(0.3, 1 + rng.normal(0, 0.3, 3))
        truth = np.maximum(0.05, u0 / u0.mean() + rng.normal(0, PRIOR_SPREAD, 3))
        truth /= truth.sum()
        effects = dict(zip(SALES, np.tanh(0.3 * 3 * truth).tolist(), strict=True))
        told = [SentenceMatch("…", dict(zip(SALES, (100 * u0).tolist(), strict=True)))]
        profile = derive(simulated(effects, n, seed), told, {}, SALES)
        r = np.maximum([each.performance.r or 0.0 for each in profile.weights], 0.01)
        for name, weights in (
            ("prior", [each.prior for each in profile.weights]),
            ("history", r / r.sum()),
            ("both", [each.weight for each in profile.weights]),
        ):
            errors[name].append(float(np.abs(np.array(weights) - truth).mean()))
    mean = {name: np.mean(values) for name, values in errors.items()}
    assert mean["both"] < min(mean["prior"], mean["history"])


def test_where_scores_tell_nothing_the_prior_stays() -> None:
    nothing = dict.fromkeys(SALES, 0.0)
    distances = []
    for seed in range(20):
        profile = derive(simulated(nothing, 300, seed), DESCRIPTION, {}, SALES)
        distances.append(max(abs(each.weight - each.prior) for each in profile.weights))
    assert np.median(distances) == 0
    assert max(distances) < 0.1


def test_scores_that_go_against_performance_move_nothing() -> None:
    profile = derive(simulated(dict.fromkeys(SALES, -0.4), 200), DESCRIPTION, {}, SALES)
    assert profile.strength == 0
    assert [each.weight for each in profile.weights] == [each.prior for each in profile.weights]
    assert {each.performance.verdict for each in profile.weights} == {"hurts"}


def test_one_hire_and_scores_all_alike_conclude_nothing() -> None:
    one = derive([PastHire({"results": 80.0}, performance=0.9)], DESCRIPTION, {}, SALES)
    assert one.weights[2].performance.verdict == "too_few"
    assert one.weights[2].performance.n == 1
    alike = [PastHire({"results": 80.0}, performance=i / 20) for i in range(20)]
    same = derive(alike, DESCRIPTION, {}, SALES).weights[2]
    assert (same.performance.verdict, same.performance.r) == ("all_alike", None)
    assert same.weight == same.prior == one.weights[2].weight


def test_too_few_to_conclude_move_no_weight_however_well_they_go_together() -> None:
    def hires(n: int) -> list[PastHire]:
        return [PastHire({"results": 50.0 + 5 * i, "resilience": 60.0 + i % 3}, performance=i / n) for i in range(n)]

    nine = derive(hires(9), DESCRIPTION, {}, SALES)
    assert {each.performance.verdict for each in nine.weights} == {"none", "too_few"}
    assert nine.strength == 0
    assert [each.weight for each in nine.weights] == [each.prior for each in nine.weights]
    assert derive(hires(10), DESCRIPTION, {}, SALES).strength > 0


def test_what_is_not_in_the_library_never_appears() -> None:
    history = [PastHire({"charm": 50.0 + i, "results": 40.0 + i}, performance=i / 30) for i in range(30)]
    strange = (SentenceMatch("要有魅力", {"charm": 1.0}),)
    profile = derive(history, strange, {"charm": Importance("x", ("y",), 5.0, 3.0)}, (*SALES, "charm"))
    assert [each.key for each in profile.weights] == list(SALES)
    assert {each.key for each in profile.others} == set(COMPETENCIES) - set(SALES)
    with pytest.raises(ValueError, match="library"):
        derive(history, strange, {}, ("charm",))


def test_competencies_beside_the_position_are_named_by_how_much_the_description_speaks_for_them() -> None:
    assert derive([], DESCRIPTION, {}, SALES).others[0].key == "planning"
    assert derive([], DESCRIPTION, {}, SALES).others[0].weight == 0


def test_ratings_at_work_stand_in_where_there_was_no_interview() -> None:
    hires = [PastHire({}, {"results": float(i)}, performance=i / 40 + (i % 3) / 10) for i in range(20)]
    both = [PastHire({"results": 10.0}, hire.rated, hire.performance) for hire in hires]
    assert derive(hires, [], {}, SALES).weights[2].performance.verdict == "helps"
    assert derive(both, [], {}, SALES).weights[2].performance.all_alike


def test_staying_is_told_beside_performance_and_moves_no_weight() -> None:
    hires = [PastHire({"resilience": 50.0 + i % 2 * 20 + i % 5}, stayed=i % 2 == 1) for i in range(30)]
    resilience = derive(hires, DESCRIPTION, {}, SALES).weights[1]
    assert resilience.staying.verdict == "helps"
    assert resilience.performance.verdict == "none"
    assert resilience.weight == resilience.prior
