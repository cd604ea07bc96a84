from __future__ import annotations

from hr_bridge.insights.board import reckon, reckon_by
from hr_bridge.insights.cost import Costs
from tests.hr_bridge.insights.people import course, crowd, hired


def test_every_figure_says_what_it_is_of() -> None:
    people = [
        *crowd(80, 50, 40, 20),
        *(hired(10 + n, n, stayed=n < 8, stars=5, review_minutes=6.0, texts_sent=2) for n in range(11)),
    ]
    board = reckon(people, Costs(review_minute=1.5, text=0.05, interview=0.4), never_invited=9)
    assert board.invited == 91
    assert (board.days_to_hire.value, board.days_to_hire.of) == (15, 11)
    assert (board.ai_interviews.count, board.ai_interviews.of) == (51, 100)
    assert (board.participation.count, board.participation.of) == (61, 91)
    assert (board.completion.count, board.completion.of) == (51, 61)
    assert (board.review_minutes.value, board.review_minutes.of, board.reviewed_minutes_in_all) == (6.0, 11, 66.0)
    assert board.cost_in_all is not None
    assert round(board.cost_in_all, 6) == round(66 * 1.5 + 22 * 0.05 + 51 * 0.4, 6)
    assert board.cost is not None
    assert round(board.cost, 6) == round(board.cost_in_all / 51, 6)
    assert (board.stayed.count, board.stayed.of) == (8, 11)
    assert board.stars.value == 5


def test_few_hires_reviews_or_ratings_give_no_middle() -> None:
    board = reckon([hired(5, stars=1, review_minutes=90.0)], Costs())
    assert (board.days_to_hire.value, board.days_to_hire.of) == (None, 1)
    assert (board.stars.value, board.review_minutes.value, board.cost) == (None, None, None)


def test_of_nobody_there_is_no_figure_and_no_error() -> None:
    board = reckon([], Costs(interview=1.0))
    assert (board.participation.rate, board.ai_interviews.rate, board.cost) == (None, None, None)


def test_the_same_figures_come_apart_by_position() -> None:
    people = [*crowd(3, 2), course(9, position="welder")]
    boards = reckon_by(people, lambda one: one.position, Costs(), {"welder": 4})
    assert list(boards) == ["sales", "welder"]
    assert (boards["sales"].participation.count, boards["sales"].participation.of) == (2, 3)
    assert boards["welder"].ai_interviews.of == 5


def test_ratings_are_told_apart_by_where_the_candidate_stood() -> None:
    told = [("rated_waiting", 5, 12), ("rated_passed", 4, 10), ("rated_other", 1, 9)]
    people = [hired(5, stars=stars, rated_when=when) for when, stars, count in told for _ in range(count)]
    board = reckon(people, Costs())
    assert {when: (one.value, one.of) for when, one in board.stars_when.items()} == {
        "rated_waiting": (5, 12),
        "rated_passed": (4, 10),
        "rated_other": (None, 9),
    }


def test_people_of_whom_texts_and_reviews_are_deleted_are_counted_where_those_have_a_price() -> None:
    people = [course(0, finished=True, texts_sent=1), course(1, finished=True, record_only=True)]
    assert reckon(people, Costs(text=0.1)).cost_unknown == 1
    assert reckon(people, Costs(interview=0.5)).cost_unknown == 0
