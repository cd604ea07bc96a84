from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.outreach.imported_candidates import CandidateKeeper, InvitedRow
from bot.services import Services
from core.clock import hands_restored, turn_forward
from core.tables import Candidate, InboxMessage, Interview, Position, PossibleDuplicate
from hr_bridge.imports.importer import Keeper, import_file
from hr_bridge.imports.kinds import Kind, kinds, presets
from hr_bridge.imports.report import ImportReport
from tests.bot.console.house import HOST, furnished
from tests.hr_bridge.imports.tables import as_csv, as_xlsx

HEAD = ("姓名", "手机", "邮箱", "岗位", "渠道", "外部编号")
LI = ("李雷", "13800001234", "li@example.com", "销售代表", "内推", "A-1")
HAN = ("韩梅梅", "13900005678", "", "sales", "", "A-2")


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    with furnished(tmp_path, monkeypatch) as services, hands_restored():
        yield services


def take(
    services: Services, data: bytes, preset: str | None = None, dry_run: bool = False
) -> tuple[ImportReport, list[InvitedRow]]:
    invited: list[InvitedRow] = []
    keeper = CandidateKeeper(services, invited.append)
    report = import_file(data, "a.csv", {"candidates": keeper}, kind="candidates", preset=preset, dry_run=dry_run)
    return report, invited


def counts(services: Services) -> tuple[int, int, int]:
    """Candidates, interviews, pairs for a person to look at."""
    with services.database.reading() as session:
        tables = (Candidate, Interview, PossibleDuplicate)
        found = tuple(len(session.exec(select(table)).all()) for table in tables)
        return found[0], found[1], found[2]


def position_of(services: Services) -> tuple[str, str]:
    """Key and Chinese title of the sales position."""
    with services.database.reading() as session:
        row = session.exec(select(Position).where(Position.key == "sales")).first()
        assert row is not None
        return row.key, row.profile["title"]["zh"]


def people(services: Services, *rows: tuple[str, ...]) -> bytes:
    """A file in which 销售代表 is whatever the sales position is called."""
    title = position_of(services)[1]
    return as_csv(
        HEAD, *(tuple(title if cell == "销售代表" else cell for cell in row) for row in rows), encoding="gb18030"
    )


async def test_each_good_row_is_an_invitation_with_a_link_and_the_bad_one_is_named(services: Services) -> None:
    bad = ("王五", "1.38E+10", "", "sales", "", "A-3")
    report, invited = take(services, people(services, LI, bad, HAN))

    assert (report.rows, report.new, report.refused) == (3, 2, 1)
    assert [(one.line, one.column) for one in report.remarks] == [(3, "手机")]
    assert [one.line for one in invited] == [2, 4]
    assert all(one.invitation.url.startswith(f"{HOST}/i/") for one in invited)
    with services.database.reading() as session:
        rows = session.exec(
            select(Interview, Candidate).join(Candidate, col(Interview.candidate_id) == col(Candidate.id))
        )
        found = {candidate.external_id: (interview, candidate) for interview, candidate in rows}
        interview, candidate = found["A-1"]
        key = services.keys.unwrap(candidate.wrapped_key)
        assert (key.open(candidate.name_sealed), key.open(candidate.phone_sealed or "")) == ("李雷", "+8613800001234")
        assert (interview.origin, interview.language) == ("内推", "zh")
        assert len(session.exec(select(InboxMessage)).all()) == 2


async def test_the_same_file_twice_invites_nobody_again(services: Services) -> None:
    data = people(services, LI, HAN, ("无编号", "13700001111", "", "sales", "", ""))
    take(services, data)
    before = counts(services)

    report, invited = take(services, data)

    assert (report.new, report.unchanged, report.refused, invited) == (0, 3, 0, [])
    assert counts(services) == before == (3, 3, 0)


async def test_after_a_link_ran_out_the_same_file_invites_anew(services: Services) -> None:
    take(services, people(services, LI))
    turn_forward(timedelta(days=8))
    assert take(services, people(services, LI))[0].new == 1


async def test_a_phone_number_shared_with_somebody_else_is_a_pair_for_a_person_and_never_merged(
    services: Services,
) -> None:
    take(services, people(services, LI))
    report, invited = take(services, people(services, ("李磊", LI[1], "", "sales", "", "B-9")))

    assert report.new == len(invited) == 1
    assert [(one.line, one.refused) for one in report.remarks] == [(2, False)]
    assert "人工确认" in report.remarks[0].why.zh
    with services.database.reading() as session:
        (pair,) = session.exec(select(PossibleDuplicate)).all()
        first, second = (session.get_one(Candidate, one) for one in (pair.first_id, pair.second_id))
        assert (first.external_id, second.external_id, pair.alike_in) == ("A-1", "B-9", "phone")


async def test_without_an_external_id_nobody_is_invited_twice_for_one_position(services: Services) -> None:
    take(services, people(services, LI))
    report, invited = take(services, people(services, ("李雷", "", LI[2].upper(), "sales", "", "")))
    assert (report.unchanged, invited) == (1, [])
    assert "外部编号" in report.remarks[0].why.zh

    with services.database.reading() as session:
        others = {row.key for row in session.exec(select(Position))} - {"sales"}
    report, invited = take(services, people(services, ("李雷", "", LI[2], others.pop(), "", "")))
    assert (report.new, len(invited)) == (1, 1)
    assert counts(services) == (2, 2, 1)


async def test_equal_names_are_no_sign(services: Services) -> None:
    take(services, people(services, LI))
    report, _ = take(services, people(services, ("李雷", "13712345678", "", "sales", "", "")))
    assert (report.new, report.remarks) == (1, [])


async def test_a_position_that_is_not_there_is_named(services: Services) -> None:
    report, _ = take(services, people(services, ("李雷", "13800001234", "", "宇航员", "", "")))
    assert (report.refused, counts(services)) == (1, (0, 0, 0))
    assert "岗位" in report.remarks[0].why.zh


async def test_a_dry_run_says_the_same_and_invites_nobody(services: Services) -> None:
    take(services, people(services, LI))
    before = counts(services)
    rows = (LI, HAN, ("韩梅", HAN[1], "", "sales", "", "A-7"))
    dry, invited = take(services, people(services, *rows), dry_run=True)
    assert (invited, counts(services)) == ([], before)
    real, _ = take(services, people(services, *rows))
    assert (dry.new, dry.unchanged) == (real.new, real.unchanged) == (2, 1)
    assert [one.why for one in dry.remarks] == [one.why for one in real.remarks]


@pytest.mark.parametrize("name", list(presets()))
async def test_an_export_in_each_systems_headings_invites(services: Services, name: str) -> None:
    columns = presets()[name].kinds["candidates"]
    examples = kinds()["candidates"].columns
    row = ["sales" if field == "position" else examples[field].example.zh for field in columns]
    report, invited = take(services, as_csv([headings[-1] for headings in columns.values()], row), preset=name)
    assert (report.preset, report.new, report.refused, len(invited)) == (name, 1, 0, 1)


async def test_numbers_that_a_workbook_keeps_as_numbers_are_phones(services: Services) -> None:
    data = as_xlsx(("姓名", "手机", "岗位"), ("李雷", 13800001234, "sales"), ("韩梅梅", "1.39E+10", "sales"))
    report, invited = take(services, data)
    assert [one.row.phone for one in invited] == ["+8613800001234"]
    assert report.remarks[0].line == 3


async def test_a_formula_in_a_name_is_a_name(services: Services) -> None:
    _, invited = take(services, people(services, ("=HYPERLINK(1)", "13800001234", "", "sales", "", "")))
    assert invited[0].row.name == "=HYPERLINK(1)"


async def test_a_title_that_two_positions_have_is_named_and_the_key_still_tells(services: Services) -> None:
    key, title = position_of(services)
    with services.database.unit_of_work() as session:
        other = session.exec(select(Position).where(Position.key != key)).first()
        assert other is not None
        other.profile = other.profile | {"title": other.profile["title"] | {"zh": title}}

    report, invited = take(services, people(services, LI, HAN))

    assert [one.row.name for one in invited] == ["韩梅梅"]
    assert [(one.line, one.why.zh) for one in report.remarks] == [(2, "有多个岗位叫这个名称；请写岗位代码。")]


async def test_what_stands_against_an_invitation_is_said_in_both_languages(services: Services) -> None:
    report, _ = take(services, people(services, ("李" * 81, "13800001234", "", "sales", "", "")))
    assert report.remarks[0].why.zh == "姓名最多 80 个字符。"
    assert report.remarks[0].why.en == "A name has at most 80 characters."


async def test_whose_link_could_not_be_written_down_is_invited_anew(services: Services) -> None:
    def full(invited: InvitedRow) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = people(services, LI)
    keepers: dict[Kind, Keeper] = {"candidates": CandidateKeeper(services, full)}
    with pytest.raises(OSError, match="No space"):
        import_file(data, "a.csv", keepers, kind="candidates", preset=None, dry_run=False)

    report, invited = take(services, data)

    assert (report.new, len(invited)) == (1, 1)
    with services.database.reading() as session:
        interviews = session.exec(select(Interview).order_by(Interview.id)).all()
        assert [one.withdrawn_at is None for one in interviews] == [False, True]


async def test_an_invitation_and_its_pair_are_there_together_or_not_at_all(services: Services) -> None:
    take(services, people(services, LI))

    def killed(invited: InvitedRow) -> None:
        raise KeyboardInterrupt

    keepers: dict[Kind, Keeper] = {"candidates": CandidateKeeper(services, killed)}
    data = people(services, ("李磊", LI[1], "", "sales", "", "B-9"))
    with pytest.raises(KeyboardInterrupt):
        import_file(data, "a.csv", keepers, kind="candidates", preset=None, dry_run=False)

    assert counts(services) == (2, 2, 1)
