"""The board as a file for a spreadsheet program: one row a figure, with what it was reckoned from."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from bot.console.board_view import BoardView
from bot.console.texts import say
from core.content import Language
from hr_bridge.csv_text import Cell, as_text, csv_file
from hr_bridge.insights.board import Board, Middle
from hr_bridge.insights.course import STAGES
from hr_bridge.insights.proportion import Share

COLUMNS = ("name", "figure", "value", "numerator", "denominator", "low", "high", "definition")
WIDTHS = (28, 26, 12, 14, 12, 14, 14, 60)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its title; all have COLUMNS."""

    title: str
    rows: Sequence[Sequence[Cell]]


def board_sheets(view: BoardView, language: Language) -> Sequence[Sheet]:
    """Everything that the page shows, as numbers."""
    t = partial(say, language)
    whole = view.positions.get(view.wanted.position, t("list.all_positions"))
    sheets = [
        Sheet(t("board.figures"), list(_board_rows({whole: view.board}, language))),
        Sheet(t("channels.title"), list(_channel_rows(view, language))),
        Sheet(t("board.by_position"), list(_board_rows(view.by_position, language))),
        Sheet(t("board.by_site"), list(_board_rows(view.by_site, language))),
    ]
    return [*sheets, Sheet(t("change.title"), list(_change_rows(view, language)))] if view.compared else sheets


def as_csv(sheets: Sequence[Sheet], language: Language) -> bytes:
    """All tables below one another, the name of the table in front."""
    header = [say(language, f"board.{name}") for name in ("table", *COLUMNS)]
    return csv_file(header, ([sheet.title, *row] for sheet in sheets for row in sheet.rows))


def as_xlsx(sheets: Sequence[Sheet], language: Language) -> bytes:
    """A sheet for each table; no cell can run as a formula."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for one in sheets:
        sheet = book.create_sheet(one.title[:31])
        sheet.append([say(language, f"board.{name}") for name in COLUMNS])
        for place, width in enumerate(WIDTHS, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = width
            sheet.cell(1, place).font = Font(bold=True)
        for number, row in enumerate(one.rows, start=2):
            for place, value in enumerate(row, start=1):
                cell = sheet.cell(number, place, as_text(value) if isinstance(value, str) else value)
                if isinstance(value, str):
                    cell.data_type = "s"
        sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _board_rows(boards: Mapping[str, Board], language: Language) -> Iterator[Sequence[Cell]]:
    t = partial(say, language)
    for name, board in boards.items():

        def middle(key: str, one: Middle, name: str = name) -> Sequence[Cell]:
            value = None if one.value is None else round(one.value, 2)
            return [name, t(f"board.{key}"), value, one.of, None, None, None, t(f"board.{key}_is")]

        def share(key: str, one: Share, name: str = name) -> Sequence[Cell]:
            return [name, t(f"board.{key}"), *_numbers(one), t(f"board.{key}_is")]

        yield [name, t("board.invited"), board.invited, None, None, None, None, None]
        yield middle("days_to_hire", board.days_to_hire)
        yield share("ai_rate", board.ai_interviews)
        yield share("participation", board.participation)
        yield share("completion", board.completion)
        yield middle("review", board.review_minutes)
        cost = None if board.cost is None else round(board.cost, 4)
        finished = board.ai_interviews.count
        total = None if board.cost_in_all is None else round(board.cost_in_all, 4)
        yield [name, t("board.cost"), cost, total, finished, None, None, t("board.cost_is")]
        yield [name, t("board.hired"), board.hired, None, None, None, None, None]
        yield share("stayed", board.stayed)
        yield middle("stars", board.stars)
        for when, one in board.stars_when.items():
            yield middle(when, one)


def _channel_rows(view: BoardView, language: Language) -> Iterator[Sequence[Cell]]:
    t = partial(say, language)
    for line in view.channels.lines:
        name = view.channel_names[line.channel]
        for stage in STAGES:
            yield [name, t(f"channels.stage_{stage}"), *_numbers(line.stages[stage]), t("channels.hint")]
        cost, hired = line.cost_per_hire, line.stages["hired"].count
        rounded = None if cost is None else round(cost, 4)
        total = None if line.cost is None else round(line.cost, 4)
        yield [name, t("channels.cost_per_hire"), rounded, total, hired, None, None, t("channels.cost_hint")]


def _change_rows(view: BoardView, language: Language) -> Iterator[Sequence[Cell]]:
    t = partial(say, language)
    for line, sentence in view.compared:
        measure = t(f"board.{line.measure}")
        yield [t("change.before"), measure, *_numbers(line.before), None]
        yield [t("change.after"), measure, *_numbers(line.after), None]
        if line.change is not None:
            low, high = round(line.change.low, 6), round(line.change.high, 6)
            yield [t("change.interval"), measure, round(line.change.point, 6), None, None, low, high, sentence]


def _numbers(share: Share) -> Sequence[Cell]:
    """Value, numerator, denominator, low, high; shares of 0 to 1."""
    if share.rate is None or share.interval is None:
        return [None, share.count, share.of, None, None]
    low, high = round(share.interval.low, 6), round(share.interval.high, 6)
    return [round(share.rate, 6), share.count, share.of, low, high]
