"""Positions of a file: a new one is made after one that is there, with what the row says laid over it; a known one is
changed in what the row says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session

from bot.accounts import Account, record
from bot.positions import add_if_new, check_usable, newest_positions
from core.content import Phrase
from core.database import Database
from core.errors import Refused
from core.tables import Position
from hr_bridge.imports.importer import Kept
from hr_bridge.imports.rows import PositionRow, Row
from hr_bridge.position import PositionProfile, check_position

IMPORTER: Final = Account(id="program:files", name="files", role="admin")
_NO_MODEL: Final = Phrase(
    zh="没有这个参照岗位；请写一个已有岗位的代码或名称。",
    en="There is no position to take after; write the key or title of one that is there.",
)
_MANY_MODELS: Final = Phrase(
    zh="有多个岗位叫这个名称；参照岗位请写代码。", en="Several positions have this title; write the key of one."
)
_UNUSABLE: Final = Phrase(
    zh="参照岗位没有该职级的薪资带，或内容不可用；请换一个参照岗位或职级。",
    en="The position to take after has no band for this grade, or cannot be used; choose another grade or position.",
)


class PositionKeeper:
    """Keeps positions as versions: what changes nothing makes none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, rows: Sequence[tuple[int, Row]], source: str, *, dry_run: bool) -> Kept:
        """See `Keeper.keep`."""
        kept = Kept()
        with self._database.reading() if dry_run else self._database.unit_of_work() as session:
            for line, row in rows:
                assert isinstance(row, PositionRow)
                self._keep_one(session, kept, line, row)
        return kept

    def _keep_one(self, session: Session, kept: Kept, line: int, row: PositionRow) -> None:
        there = newest_positions(session)
        models = [one for one in there if one.key == row.like] or [one for one in there if _is_called(one, row.like)]
        if len(models) != 1:
            kept.refused.append((line, _MANY_MODELS if models else _NO_MODEL))
            return
        # One that is there keeps what people have changed in it since: its weights, that it is closed.
        own = next((one.profile for one in there if one.key == row.position), None)
        try:
            profile = _laid_over(own or models[0].profile | {"closed": False}, row)
            check_usable(profile)
        except Refused:
            kept.refused.append((line, _UNUSABLE))
            return
        if not add_if_new(session, profile):
            kept.unchanged += 1
            return
        session.flush()
        record(session, IMPORTER, "position_imported", row.position)
        if own is not None:
            kept.changed += 1
        else:
            kept.new += 1


def _is_called(position: Position, title: str) -> bool:
    return title.casefold() in {position.profile["title"][language].casefold() for language in ("zh", "en")}


def _laid_over(model: dict[str, Any], row: PositionRow) -> PositionProfile:
    """The profile of `model` with what the row tells. Raises PositionInvalid."""
    changes: dict[str, Any] = {"key": row.position, "title": {"zh": row.title_zh, "en": row.title_en}}
    if row.grade is not None:
        changes["grade"] = row.grade
    for name, text in (("department", row.department), ("location", row.location)):
        if text is not None:
            changes[name] = {"zh": text, "en": text}
    if row.advertised is not None:
        changes["advertised_range"] = dict(zip(("low", "high"), (end / 1000 for end in row.advertised), strict=True))
    return check_position(model | changes)
