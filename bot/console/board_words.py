"""The board's figures and what follows from them in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from bot.console.texts import say
from core.content import Language
from hr_bridge.channel_names import title_of_channel
from hr_bridge.insights.board import FEWEST, Board, Middle
from hr_bridge.insights.change import ChangeLine
from hr_bridge.insights.channels import FEWEST as FEWEST_OF_CHANNEL
from hr_bridge.insights.channels import Advice, ChannelReport
from hr_bridge.insights.cost import Costs
from hr_bridge.insights.course import RATED_WHEN, RatedWhen
from hr_bridge.insights.proportion import Difference, Share

FigureWords = tuple[str, str, str, str, str]
"""Key, title, value, basis, definition."""


def percent(share: Share) -> str:
    """40%, or a dash of nobody."""
    return "–" if share.rate is None else f"{share.rate * 100:.0f}%"


def points(gap: Difference) -> str:
    """+12 … +28, in percentage points."""
    return f"{gap.low * 100:+.0f} … {gap.high * 100:+.0f}"


def within(share: Share) -> str:
    """35–45%, the interval of 95 %; empty of nobody."""
    found = share.interval
    return "" if found is None else f"{found.low * 100:.0f}–{found.high * 100:.0f}%"


def channel_name(channel: str | None, language: Language) -> str:
    return say(language, "channels.unknown") if channel is None else title_of_channel(channel).text(language)


def figures_of(board: Board, costs: Costs, language: Language) -> Sequence[FigureWords]:
    """The eight figures, in the order of the page."""
    t = partial(say, language)

    def share(key: str, one: Share) -> FigureWords:
        basis = t("board.basis", count=one.count, of=one.of)
        if one.of:
            basis = t("board.basis_within", count=one.count, of=one.of, within=within(one))
        return key, t(f"board.{key}"), percent(one), basis, t(f"board.{key}_is")

    def middle(key: str, one: Middle, form: str, digits: int, extra: str = "") -> FigureWords:
        value = "–" if one.value is None else t(form, value=f"{one.value:.{digits}f}")
        basis = t(f"board.{key}_of", n=one.of) if one.value is not None else t("board.too_few", n=one.of, fewest=FEWEST)
        return key, t(f"board.{key}"), value, basis + extra, t(f"board.{key}_is")

    def rated(when: RatedWhen) -> str:
        one = board.stars_when[when]
        return t(f"board.{when}_of", value="–" if one.value is None else f"{one.value:.1f}", n=one.of)

    stayed = share("stayed", board.stayed)
    if not board.stayed.of:
        stayed = ("stayed", stayed[1], t("board.not_known"), t("board.stayed_unknown", hired=board.hired), stayed[4])
    return (
        middle("days_to_hire", board.days_to_hire, "board.days", 0),
        share("ai_rate", board.ai_interviews),
        share("participation", board.participation),
        share("completion", board.completion),
        middle(
            "review",
            board.review_minutes,
            "board.minutes",
            1,
            t("board.review_in_all", minutes=f"{board.reviewed_minutes_in_all:.0f}"),
        ),
        _cost(board, costs, language),
        stayed,
        middle(
            "stars",
            board.stars,
            "board.stars_value",
            1,
            "".join(rated(when) for when in RATED_WHEN if board.stars_when[when].of),
        ),
    )


def _cost(board: Board, costs: Costs, language: Language) -> FigureWords:
    t = partial(say, language)
    if not costs.are_set:
        value, basis = "–", t("board.cost_unset")
    elif board.cost is None or board.cost_in_all is None:
        value, basis = "–", t("board.cost_nobody")
    else:
        value = f"{board.cost:.2f} {costs.currency}"
        finished = board.ai_interviews.count
        basis = t("board.cost_of", total=f"{board.cost_in_all:.2f} {costs.currency}", finished=finished)
    if costs.are_set and costs.missing:
        comma = "、" if language == "zh" else ", "
        basis += t("board.cost_missing", names=comma.join(t(f"board.price_{name}") for name in costs.missing))
    if board.cost_unknown:
        basis += t("board.cost_unknown", n=board.cost_unknown)
    return "cost", t("board.cost"), value, basis, t("board.cost_is")


def overview_sentences(board: Board, since: date, until: date, language: Language) -> Sequence[str]:
    """What a plain reader should know first."""
    t = partial(say, language)
    if not board.invited:
        return [t("board.nobody", since=since, until=until)]
    taken = board.participation
    found = [t("board.told_invited", since=since, until=until, n=board.invited, k=taken.count, rate=percent(taken))]
    if board.completion.of:
        found.append(
            t("board.told_finished", k=board.completion.count, rate=percent(board.completion), of=board.completion.of)
        )
    if board.hired:
        found.append(t("board.told_hired", n=board.hired))
    return found


def channel_sentences(report: ChannelReport, language: Language) -> Sequence[str]:
    """What the intervals support, or why nothing can be said."""
    t = partial(say, language)
    if not report.lines:
        return []
    if report.comparisons == 0:
        return [t("channels.too_few", fewest=FEWEST_OF_CHANNEL)]
    # Of two channels one comparison is told once, from the side that is ahead.
    told = [one for one in report.advice if report.comparisons > 2 or one.gain.point > 0]
    return [_advice(one, language) for one in told] or [t("channels.nothing_clear")]


def _advice(one: Advice, language: Language) -> str:
    t = partial(say, language)
    kind = "more" if one.feed else "ahead_but" if one.gain.low > 0 else "behind"
    comma = "、" if language == "zh" else ", "
    return t(
        f"channels.{kind}",
        channel=channel_name(one.channel, language),
        low=f"{abs(one.gain.low if one.gain.low > 0 else one.gain.high) * 100:.0f}",
        high=f"{abs(one.gain.high if one.gain.low > 0 else one.gain.low) * 100:.0f}",
        own=percent(one.own),
        k=one.own.count,
        n=one.own.of,
        others=percent(one.others),
        worse=comma.join(t(f"channels.stage_{stage}") for stage in one.worse_at),
    )


def change_sentence(line: ChangeLine, language: Language) -> str:
    """One measure before and after."""
    t = partial(say, language)
    measure = t(f"board.{line.measure}")
    if not line.is_judged or line.change is None:
        return t("change.too_few", measure=measure, before=line.before.of, after=line.after.of)
    facts = {"measure": measure, "before": percent(line.before), "after": percent(line.after)}
    if not line.change.is_clear:
        return t("change.unclear", **facts, interval=points(line.change))
    near, far = sorted((abs(line.change.low), abs(line.change.high)))
    kind = "up" if line.change.low > 0 else "down"
    return t(f"change.{kind}", **facts, low=f"{near * 100:.0f}", high=f"{far * 100:.0f}")
