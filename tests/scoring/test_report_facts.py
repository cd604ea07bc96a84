"""Which words of an answer a report quotes."""

from __future__ import annotations

import pytest

from scoring.report_facts import _told


@pytest.mark.parametrize(
    ("passage", "quoted"),
    [
        ("but suggest to the parent that they not return.", "suggest to the parent that they not return"),
        ("然后把理由写给老板，", "把理由写给老板"),
        ("So far we had two orders", "So far we had two orders"),
        ("so far we had two orders", "so far we had two orders"),
        ("order forms went out late", "order forms went out late"),
        ("知其然也知其所以然", "知其然也知其所以然"),
    ],
)
def test_a_quotation_begins_without_the_word_that_ties_it_to_what_is_left_out(passage: str, quoted: str) -> None:
    assert _told([passage]) == (quoted,)
    assert quoted in passage


def test_a_passage_of_nothing_but_a_link_is_not_quoted() -> None:
    assert _told(["然后，", "but"]) == ()
