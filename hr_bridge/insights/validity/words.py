"""What may be said of a link, in sentences, written in each language for its own readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.content import Language, Phrase
from hr_bridge.insights.validity.association import FEWEST_OF_EACH, Refusal
from hr_bridge.insights.validity.shapes import BINARY, Link, Outcome
from hr_bridge.profile.shapes import FEWEST_TO_CONCLUDE

OUTCOME_TITLES: Final[Mapping[Outcome, Phrase]] = {
    "performance": Phrase(zh="入职后的绩效", en="Performance on the job"),
    "pay_growth": Phrase(zh="薪酬增长", en="Pay growth"),
    "stayed_90_days": Phrase(zh="干满 90 天", en="Staying 90 days"),
    "stayed_a_year": Phrase(zh="干满一年", en="Staying a year"),
}
_MORE: Final[Mapping[Outcome, Phrase]] = {
    "performance": Phrase(zh="绩效更好", en="better performance"),
    "pay_growth": Phrase(zh="薪酬涨得更快", en="faster pay growth"),
    "stayed_90_days": Phrase(zh="更可能干满 90 天", en="staying 90 days"),
    "stayed_a_year": Phrase(zh="更可能干满一年", en="staying a year"),
}
_LESS: Final[Mapping[Outcome, Phrase]] = {
    "performance": Phrase(zh="绩效反而更差", en="worse performance"),
    "pay_growth": Phrase(zh="薪酬反而涨得更慢", en="slower pay growth"),
    "stayed_90_days": Phrase(zh="反而更可能在 90 天内离职", en="leaving within 90 days"),
    "stayed_a_year": Phrase(zh="反而更可能在一年内离职", en="leaving within a year"),
}
_FINDING: Final = Phrase(
    zh="{score}得分高的人，{effect}：r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
    en="Higher {score} goes with {effect}: r = {r}, 95% interval {low} to {high} (n = {n}).",
)
_HINT: Final = Phrase(
    zh="{score}：有迹象但不算结论。单看这一项，{effect}（r = {r}，95% 区间 {low} 至 {high}，n = {n}）；同时比较了这么多项，可能只是巧合。",
    en=(
        "{score}: a hint, not a finding. Looked at alone it goes with {effect} (r = {r}, 95% interval {low} to {high}, "
        "n = {n}); with so many comparisons that may be chance."
    ),
)
_UNCLEAR: Final = Phrase(
    zh="{score}：看不出明确关系，r = {r}，95% 区间 {low} 至 {high}（n = {n}）。",
    en="{score}: no clear link, r = {r}, 95% interval {low} to {high} (n = {n}).",
)
_REFUSED: Final[Mapping[Refusal, Phrase]] = {
    "nobody": Phrase(
        zh="{score}：还没有人同时有得分和这项结果。", en="{score}: nobody has both a score and this outcome yet."
    ),
    "too_few": Phrase(
        zh=f"{{score}}：只有 {{n}} 人，少于 {FEWEST_TO_CONCLUDE} 人不下结论。",
        en=f"{{score}}: {{n}} people only; under {FEWEST_TO_CONCLUDE} nothing is concluded.",
    ),
    "constant_score": Phrase(
        zh="{score}：录用的 {n} 人得分都一样，看不出关系。",
        en="{score}: all {n} hires scored the same, so nothing can be told.",
    ),
    "constant_outcome": Phrase(
        zh="{score}：{n} 人的结果都一样，看不出关系。",
        en="{score}: the outcome is the same for all {n}, so nothing can be told.",
    ),
    "one_group": Phrase(
        zh=f"{{score}}：{{n}} 人几乎都是同一种结果（另一种不到 {FEWEST_OF_EACH} 人），无从比较。",
        en=f"{{score}}: nearly all {{n}} ended the same way (under {FEWEST_OF_EACH} the other), so there is nothing to compare.",
    ),
}
_EXCESS: Final = Phrase(
    zh="得分最高的三分之一，绩效比最低的三分之一高 {gap}（95% 区间 {low} 至 {high}；按 0 至 100 折算，分别是 {top} 和 {bottom}）。",
    en=(
        "The third with the highest scores performs {gap} above the lowest third (95% interval {low} to {high}; "
        "on a scale of 0 to 100, {top} against {bottom})."
    ),
)
_GAP: Final[Mapping[Outcome, Phrase]] = {
    "performance": Phrase(
        zh="得分最高的三分之一绩效为 {top}，最低的三分之一为 {bottom}（0 至 100），相差 {gap}（95% 区间 {low} 至 {high}）。",
        en=(
            "The third with the highest scores performs at {top}, the lowest third at {bottom} (of 100): a difference "
            "of {gap} (95% interval {low} to {high})."
        ),
    ),
    "pay_growth": Phrase(
        zh="得分最高的三分之一每年涨薪 {top}%，最低的三分之一 {bottom}%，相差 {gap} 个百分点（95% 区间 {low} 至 {high}）。",
        en=(
            "Pay of the third with the highest scores grew {top}% a year, of the lowest third {bottom}%: {gap} points "
            "apart (95% interval {low} to {high})."
        ),
    ),
}
_STAYED: Final = Phrase(
    zh="得分最高的三分之一有 {top}% 留下，最低的三分之一有 {bottom}%，相差 {gap} 个百分点（95% 区间 {low} 至 {high}）。",
    en=(
        "Of the third with the highest scores {top}% stayed, of the lowest third {bottom}%: {gap} points apart "
        "(95% interval {low} to {high})."
    ),
)
_PAIRS: Final = Phrase(
    zh="从留下的 {yes} 人和离开的 {no} 人里各取一人，留下的那位得分更高的机会是 {auc}%（95% 区间 {low}% 至 {high}%；50% 等于没有关系）。",
    en=(
        "Of one of the {yes} who stayed and one of the {no} who left, the one who stayed scored higher in {auc}% of all "
        "pairs (95% interval {low}% to {high}%; 50% is no link)."
    ),
)
_CORRECTED: Final = Phrase(
    zh="录用者的得分差别比面试者小（面试者的标准差是录用者的 {spread} 倍，按 {applicants} 名面试者计）；校正后，在全部面试者中约为 {r}（95% 区间 {low} 至 {high}）。",
    en=(
        "Those hired differ less in this score than those interviewed (standard deviation of the {applicants} "
        "interviewed: {spread} times as large); corrected for it, r among all interviewed is about {r} "
        "(95% interval {low} to {high})."
    ),
)
_NOT_NARROWER: Final = Phrase(
    zh="录用者与全部 {applicants} 名面试者的得分差别相近（{spread} 倍），按此校正后为 {r}（95% 区间 {low} 至 {high}）。",
    en=(
        "Those hired differ in this score as much as all {applicants} interviewed ({spread} times); corrected for it, "
        "r is {r} (95% interval {low} to {high})."
    ),
)
_UNCORRECTED: Final = Phrase(
    zh="面试者得分的差别还不知道（人数太少，或只有录用者），所以没有为录用者得分更集中而校正。",
    en="How widely applicants' scores differ is not known (too few, or hires alone), so nothing is corrected for the narrower range of hires.",
)
_POWER: Final = Phrase(
    zh="只有 {n} 人的结果，相关低于 {hinted} 的连迹象都看不出来；同时比较了多项，相关要达到 {seen} 才能算结论；真实相关为 {found} 时，五次里大约能得出四次结论。",
    en=(
        "With {n} hires nothing under {hinted} could be seen even as a hint, and among so many comparisons nothing under "
        "{seen} could be a finding; a true link of {found} would be found about four times in five."
    ),
)
_NO_POWER: Final = Phrase(zh="三个人以下什么都看不出来。", en="With three or fewer nothing can be seen at all.")


def sentence_of(link: Link, score: str, language: Language) -> str:
    """The verdict in one sentence; `score` is the title of the score."""
    found = link.association
    if found is None:
        return _REFUSED[link.refusal or "nobody"].text(language).format(score=score, n=link.n)
    effect = (_MORE if found.r > 0 else _LESS)[link.outcome].text(language)
    said = {"finding": _FINDING, "hint": _HINT}.get(link.verdict, _UNCLEAR).text(language)
    name = score if language == "zh" or link.verdict != "finding" else score[0].lower() + score[1:]
    shown = {end: signed(getattr(found, end)) for end in ("r", "low", "high")}
    return said.format(score=name, effect=effect, n=found.n, **shown)


def details_of(link: Link, language: Language) -> tuple[str, ...]:
    """Thirds, pairs, correction and power, as far as there are any."""
    lines = []
    if link.association is not None:
        lines += [_of_thirds(link, language)] if link.thirds else []
        if pairs := link.association.pairs:
            shown = {name: f"{100 * getattr(pairs, name):.0f}" for name in ("auc", "low", "high")}
            lines.append(_PAIRS.text(language).format(yes=pairs.yes, no=pairs.no, **shown))
        lines.append(_of_range(link, language))
    lines.append(power_of(link, language))
    return tuple(lines)


def power_of(link: Link, language: Language) -> str:
    """How strong a link must be to be seen with so many people."""
    if link.n < 4:
        return _NO_POWER.text(language)
    return _POWER.text(language).format(
        n=link.n,
        **{
            "hinted": f"{link.smallest_hinted:.2f}",
            "seen": f"{link.smallest_seen:.2f}",
            "found": f"{link.well_seen:.2f}",
        },
    )


def _of_thirds(link: Link, language: Language) -> str:
    thirds = link.thirds
    assert thirds is not None
    bottom, _, top = thirds.means
    if thirds.excess is not None and thirds.excess_low is not None and thirds.excess_high is not None:
        ends = {"gap": thirds.excess, "low": thirds.excess_low, "high": thirds.excess_high}
        shown = {name: f"{100 * value:.0f}%".replace("-", "−") for name, value in ends.items()}
        return _EXCESS.text(language).format(top=f"{top:.0f}", bottom=f"{bottom:.0f}", **shown)
    times, digits = (100, 0) if link.outcome in BINARY else (1, 1)
    figures = {"top": top, "bottom": bottom, "gap": thirds.difference, "low": thirds.low, "high": thirds.high}
    shown = {name: f"{times * value:.{digits}f}".replace("-", "−") for name, value in figures.items()}
    return (_STAYED if link.outcome in BINARY else _GAP[link.outcome]).text(language).format(**shown)


def _of_range(link: Link, language: Language) -> str:
    corrected = link.corrected
    if corrected is None:
        return _UNCORRECTED.text(language)
    shown = {end: signed(getattr(corrected, end)) for end in ("r", "low", "high")}
    said = _CORRECTED if corrected.spread > 1.05 else _NOT_NARROWER
    return said.text(language).format(spread=f"{corrected.spread:.2f}", applicants=corrected.applicants, **shown)


def signed(value: float) -> str:
    """Two decimals with a true minus; three where two would show nothing."""
    return f"{value:z.{2 if abs(value) >= 0.005 else 3}f}".replace("-", "−")
