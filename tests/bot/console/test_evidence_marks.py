from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.console.evidence_marks import Evidence, mark


def quote(text: str, number: int, start: int, end: int) -> Evidence:
    return Evidence(number, text[start:end], "", start, end)


def test_overlapping_quotes_share_the_piece_that_both_hold() -> None:
    text = "I asked them what they needed."
    (pieces,) = mark(text, [quote(text, 1, 2, 12), quote(text, 2, 8, 30)], [30])
    assert [(p.text, p.marks, p.begins) for p in pieces] == [
        ("I ", (), ()),
        ("asked ", (1,), (1,)),
        ("them", (1, 2), (2,)),
        (" what they needed.", (2,), ()),
    ]


def test_quotes_are_found_in_the_answer_to_the_follow_up() -> None:
    text = "first answer\nsecond answer"
    first, second = mark(text, [quote(text, 7, 13, 19)], [12, 13])
    assert [p.text for p in first] == ["first answer"]
    assert [(p.text, p.marks) for p in second] == [("second", (7,)), (" answer", ())]


def test_a_quote_that_is_not_where_it_claims_to_be_is_not_marked() -> None:
    (pieces,) = mark("other words", [Evidence(1, "words", "", 0, 5)], [11])
    assert [(p.text, p.marks) for p in pieces] == [("other words", ())]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=5))
def test_the_pieces_always_add_up_to_what_was_said(text: str, spans: list[tuple[int, int]]) -> None:
    evidence = [quote(text, n, min(span), max(span)) for n, span in enumerate(spans)]
    (pieces,) = mark(text, evidence, [len(text)])
    assert "".join(piece.text for piece in pieces) == text
