from __future__ import annotations

import pytest

from hr_bridge.position import load_positions
from hr_bridge.profile.competencies import COMPETENCIES
from scoring.assess import AnswerScorer
from scoring.description import DescriptionMatcher, clauses


@pytest.fixture(scope="module")
def matcher(scorer: AnswerScorer) -> DescriptionMatcher:
    return DescriptionMatcher(scorer.reader)


@pytest.mark.parametrize(
    ("clause", "key"),
    [
        ("弄清客户需求，把方案讲明白", "customer_communication"),
        ("守住现场安全", "safety"),
        ("控制物料和工时消耗", "cost_control"),
        ("需要边做边学", "learning"),
        ("带好班组长和新员工", "leadership"),
    ],
)
def test_a_clause_that_names_a_competency_speaks_most_for_it(
    matcher: DescriptionMatcher, clause: str, key: str
) -> None:
    shares = matcher.match_text(clause, "zh")[0].shares
    assert max(shares, key=lambda each: shares[each]) == key


def test_the_shares_of_a_clause_cover_the_library_and_add_up_to_one(matcher: DescriptionMatcher) -> None:
    for profile in load_positions():
        for match in matcher.match(profile):
            assert match.shares.keys() == COMPETENCIES.keys()
            assert sum(match.shares.values()) == pytest.approx(1)
            assert match.sentence in profile.summary.zh


def test_the_full_description_counts_where_there_is_one(matcher: DescriptionMatcher) -> None:
    profile = load_positions()[0]
    longer = profile.model_copy(update={"description": profile.title})
    assert [match.sentence for match in matcher.match(longer)] == [profile.title.zh]


def test_clauses_end_at_punctuation_and_figures_are_not_cut() -> None:
    assert clauses("带40人；守住安全，控制成本。") == ["带40人", "守住安全", "控制成本"]
    assert clauses("Leads 1.5 shifts, keeps costs low.") == ["Leads 1.5 shifts", "keeps costs low"]
    assert clauses(" 。 ") == []
