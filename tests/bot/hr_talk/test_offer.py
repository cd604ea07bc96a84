from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from bot.accounts import set_disabled
from bot.hr_talk.offer import (
    MeetingLinkUnusable,
    NoTimeLeft,
    Window,
    WindowAtNight,
    WindowUnusable,
    checked_meeting_url,
    offer_times,
    own_times,
    withdraw_times,
)
from bot.outreach.hours import TimeZoneUnknown
from bot.services import Services
from tests.bot.hr_talk.talk_house import finished, free, offer, recruiter
from tests.bot.outreach.letter_box import change_position


def walls(services: Services, interview_id: str, zone: str = "Asia/Shanghai") -> list[str]:
    return [f"{each.starts_at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for each in free(services, interview_id)]


async def test_a_window_is_cut_into_quarters_that_leave_room_for_ten_minutes(house_with_mail: Services) -> None:
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail)
    assert offer(house_with_mail, mei, begins="14:05", ends="14:55") == 3
    assert walls(house_with_mail, interview_id) == ["11-26 14:15", "11-26 14:30", "11-26 14:45"]
    with pytest.raises(NoTimeLeft):
        offer(house_with_mail, mei, begins="14:05", ends="14:55")


async def test_days_off_are_left_out_and_a_saturday_worked_in_exchange_is_not(house_with_mail: Services) -> None:
    mei = recruiter(house_with_mail)
    offer(house_with_mail, mei, "2026-12-31", "09:00", "09:15", last="2027-01-04")
    offered = [f"{time.starts_at:%m-%d}" for time, _ in own_times(house_with_mail, "sales", mei)]
    assert "12-31" in offered
    assert "01-01" not in offered  # New Year's Day
    assert "01-03" not in offered  # a Sunday
    assert "01-04" in offered
    assert offer(house_with_mail, mei, "2027-01-03", "09:00", "09:15", days_off=True) == 1


async def test_hours_that_the_clocks_skip_do_not_exist_and_the_rest_keep_their_wall_time(
    house_with_mail: Services,
) -> None:
    """2026-11-01 and 2027-03-14 are the changes in New York; both lie outside of waking hours, so nights are worked."""
    from tests.bot.outreach.conftest import turn_to

    change_position(house_with_mail, works_nights=True)
    mei = recruiter(house_with_mail)
    turn_to("2027-03-12T10:00-05:00")
    interview_id = finished(house_with_mail, "Europe/Berlin")
    assert offer(house_with_mail, mei, "2027-03-14", "01:30", "03:30", "America/New_York", days_off=True) == 4
    assert walls(house_with_mail, interview_id, "America/New_York") == [
        "03-14 01:30",
        "03-14 01:45",
        "03-14 03:00",
        "03-14 03:15",
    ]
    assert walls(house_with_mail, interview_id, "Europe/Berlin") == [
        "03-14 07:30",
        "03-14 07:45",
        "03-14 08:00",
        "03-14 08:15",
    ]


async def test_candidates_are_offered_no_time_in_their_own_night(house_with_mail: Services) -> None:
    mei = recruiter(house_with_mail)
    offer(house_with_mail, mei, begins="09:30", ends="10:30")
    far = finished(house_with_mail, "America/New_York", phone=None)
    assert walls(house_with_mail, far, "America/New_York") == ["11-25 20:30", "11-25 20:45"]


BAD_WINDOWS: tuple[tuple[Window, type[Exception]], ...] = (
    (Window("", "", "", "", ""), WindowUnusable),
    (Window("2026-11-26", "2026-11-25", "09:00", "10:00", ""), WindowUnusable),
    (Window("2026-11-26", "2026-11-26", "10:00", "09:00", ""), WindowUnusable),
    (Window("2026-11-26", "2026-11-26", "09:00+08:00", "10:00", ""), WindowUnusable),
    (Window("2026-11-26", "2027-05-26", "09:00", "10:00", ""), WindowUnusable),
    (Window("2026-11-25", "2027-01-20", "08:00", "21:00", ""), WindowUnusable),
    (Window("2026-11-26", "2026-11-26", "07:00", "10:00", ""), WindowAtNight),
    (Window("2026-11-26", "2026-11-26", "20:30", "21:15", ""), WindowAtNight),
    (Window("2026-11-23", "2026-11-23", "09:00", "10:00", ""), NoTimeLeft),
    (Window("2026-11-26", "2026-11-26", "09:00", "10:00", "Mars/Olympus"), TimeZoneUnknown),
    (Window("2026-11-26", "2026-11-26", "23:50", "23:59", ""), NoTimeLeft),
)


async def test_a_window_that_cannot_be_is_refused(house_with_mail: Services) -> None:
    mei = recruiter(house_with_mail)
    for window, error in BAD_WINDOWS:
        with pytest.raises(error), house_with_mail.database.unit_of_work() as session:
            offer_times(session, "sales", window, mei)
    assert own_times(house_with_mail, "sales", mei) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "meeting.example.com/j/1", "http://meeting.example.com/1", "javascript:alert(1)", "https://", "https://host",
        "https://me:secret@meeting.example.com/", "https://meeting.example.com/a b", "https://meeting.example.com:x/",
        "https://meeting.example.com/\n", "https://[::1", "https://m.example.com/" + "x" * 500,
    ],
)  # fmt: skip
def test_a_bad_meeting_link_is_refused(text: str) -> None:
    if text.endswith("\n"):  # what surrounds it is not part of it
        assert checked_meeting_url(text) == text.strip()
        return
    with pytest.raises(MeetingLinkUnusable):
        checked_meeting_url(text)


async def test_times_go_with_the_recruiter_who_left_and_with_a_position_that_closed(house_with_mail: Services) -> None:
    mei, interview_id = recruiter(house_with_mail), finished(house_with_mail)
    ben = recruiter(house_with_mail, "ben")
    offer(house_with_mail, mei, begins="14:00", ends="14:30")
    offer(house_with_mail, ben, begins="14:15", ends="14:45")
    # Two recruiters at one hour are one choice.
    assert walls(house_with_mail, interview_id) == ["11-26 14:00", "11-26 14:15", "11-26 14:30"]
    set_disabled(house_with_mail.database, mei.id.partition(":")[2], True)
    assert walls(house_with_mail, interview_id) == ["11-26 14:15", "11-26 14:30"]
    with house_with_mail.database.unit_of_work() as session:
        first = own_times(house_with_mail, "sales", ben)[0][0].id
        assert withdraw_times(session, "sales", [first], mei) == 0
        assert withdraw_times(session, "sales", [first], ben) == 1
    assert walls(house_with_mail, interview_id) == ["11-26 14:30"]
    change_position(house_with_mail, closed=True)
    assert walls(house_with_mail, interview_id) == []
