from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.accounts import Account
from bot.positions import newest_position
from bot.privacy.holds import place_hold, release_hold
from bot.privacy.pseudonym import is_pseudonym
from bot.privacy.retention import keep_to_policy, read_coming, read_due
from bot.services import Services
from core.clock import hands_restored, now, turn_forward
from core.tables import Candidate, Interview, Letter, Message, Position, Recording, Report, RetentionRun
from hr_bridge.policy import load_policy
from tests.bot.console.house import furnished
from tests.bot.privacy.held_interview import held, secrets_of

ADMIN = Account(id="user:1", name="admin", role="admin")
PEOPLE = (
    ("strict", "+8613800000001", "a@example.com", "E1"),
    ("us-ny", "+8613800000002", "b@example.com", "E2"),
    ("us-ca", "+8613800000003", "c@example.com", "E3"),
)


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    with furnished(tmp_path, monkeypatch) as made, hands_restored():
        yield made


def under(services: Services, policy: str, candidate_id: str) -> None:
    """Have the candidate's interview be for a version of the position with this policy."""
    with services.database.unit_of_work() as session:
        position = newest_position(session, "sales")
        version = Position(
            key=f"sales-{policy}", version=1, profile={**position.profile, "policy": policy}, created_at=now()
        )
        session.add(version)
        session.flush()
        for interview in session.exec(select(Interview).where(Interview.candidate_id == candidate_id)):
            interview.position_id = version.id
        for report in session.exec(select(Report)):
            if (
                report.interview_id
                in session.exec(select(Interview.id).where(Interview.candidate_id == candidate_id)).all()
            ):
                report.position_id = version.id


def standing(services: Services) -> dict[str, str]:
    """By policy: `words` while everything is there, `record` while the pseudonymised decision record is, else nothing."""
    with services.database.reading() as session:
        rows = session.exec(select(Interview, Position).join(Position, col(Position.id) == Interview.position_id))
        return {
            position.profile["policy"]: "record" if is_pseudonym(interview.id) else "words"
            for interview, position in rows
        }


async def test_four_years_leave_exactly_what_the_policies_say(services: Services, tmp_path: Path) -> None:
    people = {}
    for policy, phone, email, external in PEOPLE:
        people[policy] = held(services, f"候选人{policy}", phone, email, external)
        under(services, policy, people[policy])
    sealed = secrets_of(services, people["strict"])
    begun = now()
    seen: dict[int, dict[str, str]] = {}
    for day in (0, 89, 91, 365, 368, 1094, 1099, 1460, 1463, 1466):
        turn_forward(begun + timedelta(days=day) - now())
        keep_to_policy(services)
        seen[day] = standing(services)
    rules = {policy: load_policy(policy) for policy, *_ in PEOPLE}
    for day, found in seen.items():
        for policy, rule in rules.items():
            expected = "words" if day <= rule.recordings_kept_days else "record"
            if day > rule.decision_record_kept_days + 2:
                expected = "nothing"
            assert found.get(policy, "nothing") == expected, (day, policy)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("mianshi.sqlite*"))
    assert not any(each in content for each in sealed)
    with services.database.reading() as session:
        for table in (Candidate, Interview, Message, Recording, Letter, Report):
            assert session.exec(select(table)).all() == []


async def test_a_run_is_done_once_a_day_and_counts_what_went(services: Services) -> None:
    held(services)
    assert keep_to_policy(services) is not None
    assert keep_to_policy(services) is None
    turn_forward(timedelta(days=100))
    removed = keep_to_policy(services)
    assert removed is not None
    assert {name: count for name, count in removed.items() if count} == {"interviews": 1, "candidates": 1}
    with services.database.reading() as session:
        runs = session.exec(select(RetentionRun).order_by(col(RetentionRun.day).desc())).all()
    assert [run.removed["interviews"] for run in runs] == [1, 0]


async def test_a_legal_hold_keeps_everything_until_it_is_released(services: Services) -> None:
    candidate_id = held(services)
    with services.database.unit_of_work() as session:
        hold = place_hold(session, services.keys, ADMIN, "劳动仲裁 2026-113", candidate_id=candidate_id)
    turn_forward(timedelta(days=1500))
    removed = keep_to_policy(services)
    assert removed is not None
    assert (removed["interviews"], removed["held"]) == (0, 1)
    with services.database.unit_of_work() as session:
        assert session.get_one(Candidate, candidate_id).wrapped_key is not None
        release_hold(session, ADMIN, hold)
    turn_forward(timedelta(days=1))
    removed = keep_to_policy(services)
    assert removed is not None
    assert removed["interviews"] == 1


async def test_what_goes_next_is_known_before_it_goes(services: Services) -> None:
    held(services)
    with services.database.reading() as session:
        assert read_due(session) == []
        (coming,) = read_coming(session, timedelta(days=120))
        assert (coming.what, coming.policy, coming.rule) == ("interview", "cn", "recordings_kept_days")
        assert timedelta(days=89) < coming.since - now() <= timedelta(days=91)
        assert session.exec(select(Interview)).one() is not None
