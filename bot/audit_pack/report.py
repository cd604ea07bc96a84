"""The readable part of an audit pack: what was looked at, what came out, and what it is not."""

from __future__ import annotations

from collections import Counter
from functools import partial

from bot.audit_pack.content import AuditContent
from bot.audit_pack.paper import Paper
from bot.console.board_words import channel_name, channel_sentences, percent, within
from bot.console.fairness_words import (
    dimension_title,
    fairness_sentences,
    group_title,
    p_text,
    refusal_text,
    tables_by_step,
)
from bot.console.policy_words import rule_value
from bot.console.texts import say
from hr_bridge.insights.fairness import StepTable
from hr_bridge.policy import load_policy

NOTICE_DAYS = 10
"""Working days before use by which candidates are told: NYC Administrative Code 20-871(b)."""
STAGES_SHOWN = ("started", "finished", "passed", "hired")


def render_audit_report(content: AuditContent) -> bytes:
    """The report as PDF, in the language of the pack."""
    language = content.language
    t = partial(say, language)
    title = t("audit.title", position=content.profile.title.text(language), year=content.year)
    paper = Paper(language, title, t("audit.foot"))
    paper.title(title)
    made = content.made_at.astimezone().strftime("%Y-%m-%d")
    paper.remarks(t("audit.made", policy=content.policy.title[language], made=made, company=content.company or "–"))
    if content.profile.policy != content.policy.name:
        own = load_policy(content.profile.policy).title[language]
        paper.remarks(t("audit.other_policy", own=own, policy=content.policy.title[language]))
    paper.heading(t("audit.summary"))
    for sentence in fairness_sentences(content.fairness, content.policy.asked_groups, language):
        paper.says(sentence)
    paper.remarks(t("audit.not_independent"))
    _data(paper, content)
    _fairness(paper, content)
    _channels(paper, content)
    _decisions(paper, content)
    _notices(paper, content)
    _scorer(paper, content)
    _rules(paper, content)
    return paper.render()


def _data(paper: Paper, content: AuditContent) -> None:
    t = partial(say, content.language)
    paper.heading(t("audit.data"))
    finished = content.fairness.people
    paper.says(t("audit.data_is", invited=len(content.courses), finished=finished, told=content.fairness.told))
    paper.says(t("fairness.apart"))


def _fairness(paper: Paper, content: AuditContent) -> None:
    t = partial(say, content.language)
    if not content.fairness.tables:
        return
    paper.heading(t("audit.rates"))
    paper.remarks(t("fairness.how_text"))
    for step, tables in tables_by_step(content.fairness):
        paper.smaller(t(f"fairness.step_{step}"))
        paper.remarks(t(f"fairness.step_{step}_is"))
        for table in tables:
            what = dimension_title(table.dimension, content.language)
            if table.refused:
                paper.remarks(t("fairness.refused", what=what, why=refusal_text(table, content.language)))
            else:
                _rates(paper, table, what, content)


def _rates(paper: Paper, table: StepTable, what: str, content: AuditContent) -> None:
    t = partial(say, content.language)
    names = ("people", "selected", "rate", "ratio", "p", "verdict")
    rows = [[what, *(t(f"fairness.{name}") for name in names)]]
    for line in table.lines:
        group = group_title(table.dimension, line.group, content.language)
        if line.share is None:
            rows.append([group, "", "", "", "", "", t("fairness.verdict_hidden")])
            continue
        ratio = "–" if line.ratio is None else f"{line.ratio:.3f}"
        numbers = [str(line.share.of), str(line.share.count), percent(line.share), ratio, p_text(line.p)]
        rows.append([group, *numbers, t(f"fairness.verdict_{line.verdict}")])
    rows.append([t("fairness.unknown"), str(table.rest.of), str(table.rest.count), percent(table.rest), "", "", ""])
    paper.table(rows, (0.28, 0.09, 0.1, 0.09, 0.11, 0.11, 0.22))


def _channels(paper: Paper, content: AuditContent) -> None:
    t = partial(say, content.language)
    paper.heading(t("channels.title"))
    for sentence in channel_sentences(content.channels, content.language):
        paper.says(sentence)
    rows = [[t("channels.channel"), t("channels.stage_invited"), *(t(f"channels.stage_{one}") for one in STAGES_SHOWN)]]
    for line in content.channels.lines:
        shares = [line.stages["started"], line.stages["finished"], line.stages["passed"], line.stages["hired"]]
        cells = [f"{percent(share)} ({within(share)})" for share in shares]
        rows.append([channel_name(line.channel, content.language), str(line.invited), *cells])
    paper.table(rows, (0.24, 0.1, 0.18, 0.16, 0.16, 0.16))


def _decisions(paper: Paper, content: AuditContent) -> None:
    t = partial(say, content.language)
    paper.heading(t("audit.decisions"))
    newest = {row.case: row for row in content.decisions}
    values = Counter(row.value for row in newest.values())
    paper.says(
        t("audit.decisions_are", n=len(newest), advance=values["advance"], hold=values["hold"], reject=values["reject"])
    )
    by_policy = sum(row.by == "policy" for row in newest.values())
    unopened = sum(row.value == "reject" and not row.evidence_opened for row in newest.values())
    paper.says(t("audit.by_policy", n=by_policy))
    paper.says(t("audit.unopened", n=unopened))
    paper.says(t("audit.overrides", n=len(content.overrides), cases=len({row.case for row in content.overrides})))


def _notices(paper: Paper, content: AuditContent) -> None:
    t = partial(say, content.language)
    paper.heading(t("audit.notices"))
    read = [row for row in content.notices if row.acknowledged_at is not None]
    paper.says(t("audit.notices_are", invited=len(content.notices), read=len(read)))
    if content.policy.name == "us-ny":
        early = sum(row.working_days is not None and row.working_days < NOTICE_DAYS for row in read)
        paper.says(t("audit.too_early", n=early, of=len(read), days=NOTICE_DAYS))


def _scorer(paper: Paper, content: AuditContent) -> None:
    t = partial(say, content.language)
    paper.heading(t("audit.scorer"))
    rows = [[t("audit.scorer_name"), t("audit.scorer_reports")]]
    rows += [[name, str(count)] for name, count in sorted(content.scorers.items())]
    paper.table(rows, (0.8, 0.2))
    paper.says(t("audit.robustness"))


def _rules(paper: Paper, content: AuditContent) -> None:
    t = partial(say, content.language)
    paper.heading(t("audit.rules"))
    names = ("rule", "value", "source", "in_force_from", "checked_on")
    rows = [[t(f"audit.{name}") for name in names]]
    for key, rule in content.policy.rules.items():
        dates = [rule.in_force_from.isoformat(), rule.checked_on.isoformat()]
        value = rule_value(key, rule.value, content.language)
        rows.append([t(f"rules.{key}"), value, rule.source, *dates])
    for duty in content.policy.duties:
        dates = [duty.in_force_from.isoformat(), duty.checked_on.isoformat()]
        rows.append([t("audit.duty"), str(duty.value), duty.source, *dates])
    paper.table(rows, (0.2, 0.2, 0.36, 0.12, 0.12))
    paper.remarks(t("audit.lawyer"))
