"""Fits the head and says how well it does on speakers that it has not heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from scoring.delivery_training.data import ADULT, RatedClips
from scoring.scorers.delivery import PARTS, blend

AXES: Final = 150
FOLDS: Final = 5
_HAND: Final = {"C": 2.0, "gamma": 0.015, "epsilon": 0.2}
_STATE: Final = {"C": 3.0, "gamma": 0.1 / AXES, "epsilon": 0.2}

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Machine:
    """Support vector regressions of both ratings on the same inputs."""

    support: _Floats
    dual: _Floats
    intercept: _Floats
    gamma: float

    def predict(self, x: _Floats) -> _Floats:
        """Return ratings [n, 2] of inputs [n, width]."""
        distances = (x**2).sum(1)[:, None] + (self.support**2).sum(1)[None] - 2 * x @ self.support.T
        return np.asarray(np.exp(-self.gamma * distances) @ self.dual + self.intercept)


def fit_arrays(clips: RatedClips, chosen: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return what the head file holds, fitted on the chosen clips."""
    hand_scaler = StandardScaler().fit(clips.hand[chosen])
    state_scaler = StandardScaler().fit(clips.states[chosen])
    pca = PCA(AXES, random_state=0).fit(state_scaler.transform(clips.states[chosen]))
    hand = _machine(hand_scaler.transform(clips.hand[chosen]), clips.means[chosen], _HAND)
    # The scaled states have mean zero, so the axes alone are the projection.
    state = _machine(state_scaler.transform(clips.states[chosen]) @ pca.components_.T, clips.means[chosen], _STATE)
    arrays: dict[str, Any] = {
        "hand_center": hand_scaler.mean_,
        "hand_scale": hand_scaler.scale_,
        "state_center": state_scaler.mean_,
        "state_scale": state_scaler.scale_,
        "state_axes": pca.components_.T,
    }
    for name, machine in (("hand", hand), ("state", state)):
        arrays[f"{name}_support"] = machine.support
        arrays[f"{name}_dual"] = machine.dual
        arrays[f"{name}_intercept"] = machine.intercept
        arrays[f"{name}_gamma"] = np.array(machine.gamma)
    return arrays


def predict(arrays: dict[str, Any], clips: RatedClips, chosen: npt.NDArray[np.int64]) -> _Floats:
    """Return ratings [n, 2], 0-10, of the chosen clips."""
    x = (clips.hand[chosen] - arrays["hand_center"]) / arrays["hand_scale"]
    z = (clips.states[chosen] - arrays["state_center"]) / arrays["state_scale"] @ arrays["state_axes"]
    both = [
        Machine(*(arrays[f"{name}_{part}"] for part in ("support", "dual", "intercept", "gamma"))).predict(inputs)
        for name, inputs in (("hand", x), ("state", z))
    ]
    return blend(both[0], both[1])


def out_of_fold(clips: RatedClips, seed: int = 0) -> _Floats:
    """Return ratings [n, 2] of every clip by a head that heard none of its speaker."""
    out = np.zeros_like(clips.means)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(clips.hand, groups=clips.speakers):
        out[test] = predict(fit_arrays(clips, train), clips, test)
    return out


def figures(clips: RatedClips, rated: _Floats) -> dict[str, dict[str, float]]:
    """Return, for each part, Pearson's r with the median rating over all ages, adults and children, the interval of
    the first over speakers, the mean absolute error in points of 100, and r of the clip's length alone."""
    report = {}
    adults = clips.ages >= ADULT
    for i, part in enumerate(PARTS):
        told, given = rated[:, i], clips.medians[:, i]
        low, high = _interval(told, given, clips.speakers)
        report[part] = {
            "all": _r(told, given),
            "low": low,
            "high": high,
            "adults": _r(told[adults], given[adults]),
            "children": _r(told[~adults], given[~adults]),
            "mae": float(np.abs(told - given).mean() * 10),
            "length_alone": -_r(clips.seconds, given),
        }
    return report


def _machine(x: _Floats, y: _Floats, options: dict[str, float]) -> Machine:
    dual, intercept = np.zeros((len(x), y.shape[1])), np.zeros(y.shape[1])
    for i in range(y.shape[1]):
        fitted = SVR(**options).fit(x, y[:, i])
        dual[fitted.support_, i] = fitted.dual_coef_[0]
        intercept[i] = fitted.intercept_[0]
    return Machine(x, dual, intercept, options["gamma"])


def _r(a: _Floats, b: _Floats) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def _interval(told: _Floats, given: _Floats, speakers: npt.NDArray[np.str_], draws: int = 1000) -> tuple[float, float]:
    # Speakers are drawn, not clips: the twenty clips of one speaker are alike.
    rng = np.random.default_rng(0)
    rows = [np.flatnonzero(speakers == speaker) for speaker in np.unique(speakers)]
    found = []
    for _ in range(draws):
        drawn = np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])
        found.append(_r(told[drawn], given[drawn]))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
