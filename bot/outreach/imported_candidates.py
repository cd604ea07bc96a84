"""Candidates of a file are invited, each on the usual way. A link is made for every one and stands in the list that the
caller keeps; where a road is set up it is sent as well.

Nobody is recognised by phone, e-mail or name. An external id tells who somebody is; everything else that is alike is a
pair for a person to look at. Only a second invitation of one phone number or address for one position is held back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from bot.accounts import Account
from bot.outreach.invitation import (
    LONGEST_NAME,
    AlreadyInvited,
    Invitation,
    InvitationRequest,
    LanguageNotOffered,
    NameUnusable,
    call_off,
    invite,
)
from bot.outreach.known_people import KnownPeople, contacts_of, put_down_pairs, read_known_people
from bot.positions import is_closed, newest_positions
from bot.scope import sees
from bot.services import Services
from core.content import Phrase
from core.errors import Refused
from core.tables import Interview, Position
from hr_bridge.imports.importer import Kept
from hr_bridge.imports.rows import CandidateRow, Row

IMPORTER: Final = Account(id="program:files", name="files", role="admin")
_NO_POSITION: Final = Phrase(
    zh="没有这个岗位；请写岗位代码或岗位名称。", en="There is no such position; write its key or its title."
)

_ERASED: Final = Phrase(
    zh="该候选人的资料已按要求删除，不再从文件导入；本人重新应聘时，请手动邀请。",
    en="This candidate's data were erased on request and are not taken from files again; invite them by hand if they apply anew.",
)
_CLOSED: Final = Phrase(
    zh="该岗位已关闭，不再邀请候选人。", en="This position is closed; nobody is invited for it any more."
)
_MANY_POSITIONS: Final = Phrase(
    zh="有多个岗位叫这个名称；请写岗位代码。", en="Several positions have this title; write the key of one."
)


@dataclass(frozen=True, slots=True, repr=False)
class InvitedRow:
    """Who of the file was invited; `invitation` holds the link, which nobody can tell again later."""

    line: int
    row: CandidateRow
    invitation: Invitation
    expires_at: datetime


class CandidateKeeper:
    """Invites through `services` in the name of `by`, and tells `on_invited` of each one at once."""

    def __init__(self, services: Services, on_invited: Callable[[InvitedRow], None], by: Account = IMPORTER) -> None:
        self._services = services
        self._on_invited = on_invited
        self._by = by
        self._known: KnownPeople | None = None
        self._positions: dict[str, list[Position]] = {}

    def keep(self, rows: Sequence[tuple[int, Row]], source: str, *, dry_run: bool) -> Kept:
        """See `Keeper.keep`; here every row is a transaction of its own."""
        kept = Kept()
        if self._known is None:
            self._known, self._positions = read_known_people(self._services), self._positions_by_name()
        for line, row in rows:
            assert isinstance(row, CandidateRow)
            self._keep_one(kept, self._known, line, row, dry_run)
        return kept

    def _keep_one(self, kept: Kept, known: KnownPeople, line: int, row: CandidateRow, dry_run: bool) -> None:
        positions = self._positions.get(row.position.casefold(), [])
        if len(positions) != 1:
            kept.refused.append((line, _MANY_POSITIONS if positions else _NO_POSITION))
            return
        (position,) = positions
        if is_closed(position):
            kept.refused.append((line, _CLOSED))
            return
        if row.external_id in known.erased:
            kept.refused.append((line, _ERASED))
            return
        contacts = contacts_of(row.phone, row.email)
        alike = known.alike(row.external_id, contacts)
        same = known.by_external_id.get(row.external_id, []) if row.external_id else []
        if any((one, position.key) in known.invited for one in same):
            kept.unchanged += 1
            return
        invited = [one for one in alike if (one, position.key) in known.invited]
        if invited and not row.external_id:
            kept.unchanged += 1
            kept.notes.append((line, _second_invitation(alike[invited[0]])))
            return
        candidate_id = f"line {line}"
        if not dry_run:
            language = row.language or position.profile["languages"][0]
            request = InvitationRequest(
                position.key, row.name, language, row.phone, row.email, row.channel, row.external_id
            )
            try:
                candidate_id = self._invite(line, row, request, alike)
            except AlreadyInvited:
                kept.unchanged += 1
                return
            except Refused as error:
                kept.refused.append((line, _sentence(error)))
                return
        kept.new += 1
        if alike:
            kept.notes.append((line, _possible_duplicate(sorted(set(alike.values())))))
        known.add(candidate_id, row.external_id, contacts, position.key)

    def _invite(self, line: int, row: CandidateRow, request: InvitationRequest, alike: dict[str, str]) -> str:
        """Invite, and put the pairs down for a person to look at; the candidate's id. Who was invited by a link that
        could not be written down is called off: the next try invites them anew."""
        candidate_id = ""

        def note_alike(session: Session, interview: Interview, token: str) -> None:
            nonlocal candidate_id
            candidate_id = interview.candidate_id
            put_down_pairs(session, alike, candidate_id)

        invitation = invite(self._services, request, self._by, note_alike)
        try:
            self._on_invited(InvitedRow(line, row, invitation, invitation.expires_at))
        except OSError:
            with self._services.database.unit_of_work() as session:
                call_off(session, session.get_one(Interview, invitation.id, with_for_update=True), self._by)
            raise
        return candidate_id

    def _positions_by_name(self) -> dict[str, list[Position]]:
        with self._services.database.reading() as session:
            positions = [each for each in newest_positions(session) if sees(self._by, each.key)]
        named: dict[str, list[Position]] = {}
        for position in positions:
            for title in {position.profile["title"][language].casefold() for language in ("zh", "en")}:
                named.setdefault(title, []).append(position)
        return named | {position.key.casefold(): [position] for position in positions}


_WORDS: Final = {
    "phone": ("手机", "phone number"),
    "email": ("邮箱", "e-mail address"),
    "phone,email": ("手机和邮箱", "phone and e-mail"),
}


def _sentence(error: Refused) -> Phrase:
    match error:
        case NameUnusable():
            return Phrase(zh=f"姓名最多 {LONGEST_NAME} 个字符。", en=f"A name has at most {LONGEST_NAME} characters.")
        case LanguageNotOffered():
            return Phrase(
                zh="这个岗位不提供该语言的面试。", en="This position is not interviewed for in that language."
            )
    return Phrase(
        zh="无法邀请；请在控制台逐个邀请并查看原因。",
        en="Cannot be invited; invite them on the console, which says why.",
    )


def _second_invitation(what: str) -> Phrase:
    zh, en = _WORDS[what]
    return Phrase(
        zh=f"该{zh}已被邀请面试此岗位，未重复邀请；如是另一个人，请填写外部编号。",
        en=f"This {en} is invited for the position already and was not invited again; if it is somebody else, give an external id.",
    )


def _possible_duplicate(alike: list[str]) -> Phrase:
    zh, en = _WORDS[alike[0]]
    return Phrase(
        zh=f"{zh}与已有候选人相同，可能是同一人；未自动合并，请人工确认。",
        en=f"Another candidate has the same {en} and may be the same person; nothing was merged, a person should look.",
    )
