import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, col, select

from bot.accounts import Account
from bot.privacy.carrying_out import carry_out, carry_out_due
from bot.privacy.certificate import read_certificate
from bot.privacy.erasure import CandidateNotOnFile, ask_for_erasure, is_erased, request_standing
from bot.privacy.holds import ErasureBegun, place_hold, release_hold
from bot.privacy.inventory import CLEARED, OUTLIVE, about_interviews, table_of, tables_about_people
from bot.privacy.notices import Teller
from bot.privacy.pseudonym import KEPT, is_pseudonym
from bot.services import Services
from core.clock import hands_restored, now, turn_forward
from core.encryption import hash_token
from core.errors import CandidateErased
from core.tables import (
    AuditEntry,
    Candidate,
    Decision,
    Delivery,
    Employee,
    EmployeePay,
    ErasureNotice,
    ErasureRequest,
    Hire,
    HrmsLink,
    Interview,
    InterviewRating,
    Question,
    Report,
    Score,
)
from hr_bridge.connectors.base import HrmsRejected, HrmsUnavailable
from tests.bot.console.house import furnished
from tests.bot.privacy.held_interview import EXTERNAL, MARKS, held, pair, secrets_of, with_files, with_stores
from tests.builders import invited_interview

ADMIN = Account(id="user:1", name="admin", role="admin")


def words_in(session: Session, candidate_id: str) -> list[str]:
    """Sealed columns of a pseudonymised record that are not empty: none, or something is wrong."""
    interview = table_of("interview")
    found = session.execute(select(interview.c.id).where(interview.c.candidate_id == candidate_id)).scalars().all()
    left = []
    for name in KEPT:
        table = table_of(name)
        condition = about_interviews(table, found)
        assert condition is not None
        rows = session.execute(select(table).where(condition)).mappings().all()
        left += [f"{name}.{key}" for row in rows for key, value in row.items() if key.endswith("_sealed") and value]
    return left


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with_files(tmp_path / "exchange")
    with furnished(tmp_path, monkeypatch, HRMS_FOLDER=str(tmp_path / "exchange")) as made:
        yield made


def asked(services: Services, candidate_id: str) -> str:
    with services.database.unit_of_work() as session:
        return ask_for_erasure(session, candidate_id, "candidate")


def interviews_of(services: Services, candidate_id: str) -> list[str]:
    with services.database.reading() as session:
        return list(session.exec(select(Interview.id).where(Interview.candidate_id == candidate_id)))


def everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_no_copy_of_an_erased_candidate_is_left_in_any_file(services: Services, tmp_path: Path) -> None:
    candidate_id, other = held(services), held(services, "王小明", "+8613800002222", "ming@example.com", "EXT-9")
    pair(services, candidate_id, other)
    ids = interviews_of(services, candidate_id)
    with_stores(services, [*ids, *interviews_of(services, other)])
    sealed = secrets_of(services, candidate_id)
    kept = secrets_of(services, other)
    before = everything_under(tmp_path)
    assert all(each in before for each in sealed), "the search would find what is there"

    request_id = asked(services, candidate_id)
    with services.database.reading() as session:
        assert request_standing(session, request_id) == "waiting"
    assert carry_out(services, request_id)

    after = everything_under(tmp_path)
    assert [each for each in sealed if each in after] == []
    for mark in MARKS:
        assert mark.encode() not in after
        assert mark.encode("gb18030") not in after
    assert all(each in after for each in kept), "nobody else is touched"
    assert "王大明".encode("gb18030") in after
    for interview_id in ids:
        assert interview_id.encode() not in (tmp_path / "rasa.sqlite").read_bytes()
        assert interview_id.encode() not in (tmp_path / "dbos.sqlite").read_bytes()
    assert interviews_of(services, other)[0].encode() in (tmp_path / "rasa.sqlite").read_bytes()


async def test_the_decision_record_stays_without_name_word_or_known_id(services: Services) -> None:
    candidate_id = held(services)
    (interview_id,) = interviews_of(services, candidate_id)
    with services.database.reading() as session:
        report = session.exec(select(Report).where(Report.interview_id == interview_id)).one()
        scores = len(session.exec(select(Score).where(Score.interview_id == interview_id)).all())
    carry_out(services, asked(services, candidate_id))

    with services.database.reading() as session:
        assert session.get(Interview, interview_id) is None
        (kept,) = session.exec(select(Interview)).all()
        assert is_pseudonym(kept.id)
        assert is_pseudonym(kept.candidate_id)
        assert (kept.invited_at.hour, kept.invited_at.minute) == (0, 0)
        record = session.exec(select(Report)).one()
        assert (record.match, record.level, record.competencies) == (report.match, report.level, report.competencies)
        assert record.salary is None
        assert len(session.exec(select(Score)).all()) == scores
        assert session.exec(select(Decision)).one().value == "advance"
        assert session.exec(select(Decision)).one().report_id == record.id
        assert words_in(session, kept.candidate_id) == []
        assert all(question.text_sealed is None for question in session.exec(select(Question)))
        tombstone = session.get_one(Candidate, candidate_id)
        assert (tombstone.wrapped_key, tombstone.name_sealed, tombstone.phone_sealed) == (None, "", None)
        assert tombstone.external_id == EXTERNAL
        assert is_erased(session, candidate_id)
        assert is_erased(session, interview_id)


async def test_every_table_with_a_candidate_in_it_is_emptied_of_them(services: Services) -> None:
    candidate_id = held(services)
    (interview_id,) = interviews_of(services, candidate_id)
    carry_out(services, asked(services, candidate_id))
    meant = OUTLIVE | {"candidate", "auditentry", "hrmslink"}
    with services.database.engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            rows = connection.execute(table.select()).all()
            about = [
                row for row in rows if any(each in str(value) for value in row for each in (candidate_id, interview_id))
            ]
            assert not about or table.name in meant, table.name


async def test_a_table_that_names_an_interview_is_found_by_itself(services: Services) -> None:
    found = {table.name for table in tables_about_people()}
    for table in inspect(services.database.engine).get_table_names():
        columns = {column["name"] for column in inspect(services.database.engine).get_columns(table)}
        if columns & {"interview_id", "candidate_id"}:
            assert table in found | OUTLIVE | CLEARED


async def test_a_legal_hold_refuses_and_its_release_carries_out(services: Services) -> None:
    candidate_id = held(services)
    with services.database.unit_of_work() as session:
        hold = place_hold(session, services.keys, ADMIN, "劳动仲裁 2026-113", position_key="sales")
    request_id = asked(services, candidate_id)
    carry_out_due(services)
    with services.database.reading() as session:
        assert request_standing(session, request_id) == "held"
        assert session.get_one(Candidate, candidate_id).wrapped_key is not None
    with hands_restored():
        with services.database.unit_of_work() as session:
            release_hold(session, ADMIN, hold)
        turn_forward(now() - now())
        assert carry_out_later(services, request_id)
    with services.database.reading() as session:
        assert session.get_one(Candidate, candidate_id).wrapped_key is None
        held_log = set(session.exec(select(AuditEntry.action)).all())
        assert {"legal_hold_placed", "legal_hold_released", "erasure_asked", "erased"} <= held_log


def carry_out_later(services: Services, request_id: str) -> bool:
    """Once the lease of the last look has run out."""
    from datetime import timedelta

    turn_forward(timedelta(minutes=1))
    return carry_out(services, request_id)


async def test_no_hold_is_placed_once_an_erasure_has_begun(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate_id = held(services)
    request_id = asked(services, candidate_id)
    (tmp_path / "exchange").rename(tmp_path / "unmounted")
    carry_out_due(services)
    with services.database.reading() as session:
        request = session.get_one(ErasureRequest, request_id)
        assert request_standing(session, request_id) == "under_way"
        assert "HRMS_FOLDER" in str(request.problem)
        assert session.get_one(Candidate, candidate_id).wrapped_key is not None
    with pytest.raises(ErasureBegun), services.database.unit_of_work() as session:
        place_hold(session, services.keys, ADMIN, "too late for this", candidate_id=candidate_id)
    (tmp_path / "unmounted").rename(tmp_path / "exchange")
    with hands_restored():
        assert carry_out_later(services, request_id)


@pytest.mark.parametrize("step", ["_erase_rows", "_erase_key", "_forget_stores", "_clear_pages"])
async def test_an_erasure_that_was_cut_off_goes_on_where_it_stood(
    services: Services, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    from bot.privacy import carrying_out

    candidate_id = held(services)
    request_id = asked(services, candidate_id)
    name = next(key for key, value in carrying_out.STEPS.items() if value.__name__ == step)

    def cut_off(*_: object) -> dict[str, object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(carrying_out.STEPS, name, cut_off)
        with pytest.raises(KeyboardInterrupt):
            carry_out(services, request_id)
    assert not carry_out(services, request_id), "another worker leaves it alone until the lease has run out"
    with hands_restored():
        from datetime import timedelta

        turn_forward(timedelta(minutes=6))
        assert carry_out(services, request_id)
    with services.database.reading() as session:
        assert read_certificate(session, request_id).document.candidate_id == candidate_id
        assert len(session.exec(select(Interview)).all()) == 1


async def test_whoever_writes_meanwhile_is_told_that_the_candidate_is_gone(services: Services) -> None:
    candidate_id = held(services)
    (interview_id,) = interviews_of(services, candidate_id)
    carry_out(services, asked(services, candidate_id))
    with pytest.raises(CandidateErased), services.database.unit_of_work() as session:
        session.add(InterviewRating(interview_id=interview_id, stars=5, given_at=now()))
    with pytest.raises(CandidateErased), services.database.reading() as session:
        session.get_one(Interview, interview_id)


async def test_the_same_person_under_two_ids_is_erased_under_both(services: Services) -> None:
    first, second = held(services), held(services, "另一个", "+8613800003333", "two@example.com", "EXT-3")
    pair(services, first, second, verdict="same")
    asked(services, first)
    carry_out_due(services)
    with services.database.reading() as session:
        keys = session.exec(select(Candidate.wrapped_key).where(col(Candidate.id).in_([first, second]))).all()
    assert list(keys) == [None, None]


async def test_whoever_was_invited_twice_under_one_external_id_is_erased_under_both(services: Services) -> None:
    first, second = held(services), invited_interview(services)
    with services.database.unit_of_work() as session:
        again = session.get_one(Interview, second).candidate_id
        session.get_one(Candidate, again).external_id = EXTERNAL
        employee = Employee(external_id="W1", wrapped_key=services.keys.new_wrapped_key(), created_at=now())
        session.add(employee)
        session.flush()
        told = {"employee_id": employee.id, "sealed": "", "source": "pay.csv", "imported_at": now()}
        session.add(EmployeePay(effective_on=now().date(), **told))
        session.add(Hire(candidate_external_id=EXTERNAL, started_on=now().date(), **told))
    asked(services, first)
    carry_out_due(services)
    with services.database.reading() as session:
        keys = session.exec(select(Candidate.wrapped_key).where(col(Candidate.id).in_([first, again]))).all()
        assert list(keys) == [None, None]
        assert session.exec(select(EmployeePay)).all() == []


async def test_asking_twice_is_one_request_and_nobody_is_nobody(services: Services) -> None:
    candidate_id = held(services)
    assert asked(services, candidate_id) == asked(services, candidate_id)
    with pytest.raises(CandidateNotOnFile):
        asked(services, "nobody")


class System:
    """An HR system that answers as it is told."""

    name = "records"

    def __init__(self, *answers: Exception | None) -> None:
        self._answers = list(answers)
        self.erased: list[str] = []

    async def erase(self, candidate_id: str) -> None:
        answer = self._answers.pop(0) if self._answers else None
        if answer is not None:
            raise answer
        self.erased.append(candidate_id)


async def test_the_hr_systems_are_told_again_and_again_or_a_person_is(services: Services) -> None:
    candidate_id = held(services)
    request_id = asked(services, candidate_id)
    carry_out(services, request_id)
    records, odoo = System(HrmsUnavailable("asleep")), System(HrmsRejected("no way to erase there"))
    teller = Teller(services.database, {"records": records, "odoo": odoo, "webhook": System()})  # type: ignore[dict-item]
    assert await teller.tell_due() == 3
    with hands_restored():
        from datetime import timedelta

        turn_forward(timedelta(hours=1))
        assert await teller.tell_due() == 1
    assert records.erased == [candidate_id]
    with services.database.reading() as session:
        states = dict(session.exec(select(ErasureNotice.connector, ErasureNotice.state)).all())
        assert states == {"records": "sent", "odoo": "parked", "webhook": "sent"}
        links = session.exec(select(HrmsLink).where(col(HrmsLink.our_id).startswith(candidate_id))).all()
        assert [link.connector for link in links] == ["odoo"], "what a person has to finish keeps its links"
        issued = read_certificate(session, request_id)
    assert {each.name for each in issued.document.elsewhere if each.who == "hrms"} == {"records", "odoo", "webhook"}
    assert {each.who for each in issued.document.elsewhere} >= {"sms", "telegram", "downloads"}


async def test_a_system_with_a_delivery_under_way_hears_of_the_erasure_after_it(services: Services) -> None:
    from datetime import timedelta

    candidate_id = held(services)
    with services.database.unit_of_work() as session:
        for row in session.exec(select(Delivery)):
            row.attempts, row.next_attempt_at = 1, now() + timedelta(seconds=100)
    carry_out(services, asked(services, candidate_id))
    records = System()
    await Teller(services.database, {"records": records}).tell_due()  # type: ignore[dict-item]
    assert records.erased == []
    with hands_restored():
        turn_forward(timedelta(seconds=101))
        await Teller(services.database, {"records": records}).tell_due()  # type: ignore[dict-item]
    assert records.erased == [candidate_id]


async def test_an_interview_going_on_ends_and_its_link_says_why(services: Services) -> None:
    from bot.identity import find_interview

    interview_id = invited_interview(services)
    with services.database.reading() as session:
        candidate_id = session.get_one(Interview, interview_id).candidate_id
    from bot.outreach.invitation import renew_link

    token = renew_link(services, interview_id, ADMIN).url.rpartition("/")[2]
    assert find_interview(services, token).id == interview_id
    await asyncio.to_thread(carry_out, services, asked(services, candidate_id))
    with services.database.reading() as session:
        assert is_erased(session, hash_token(token))
    with pytest.raises(CandidateErased):
        find_interview(services, token)
