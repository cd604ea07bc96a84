"""Thirty candidates and one recruiter, hour by hour by the turned clock: nobody is left without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import select

from bot.accounts import Account
from bot.after_interview import ask_for_review, review_is_asked
from bot.candidate_rights.door import Holder
from bot.candidate_rights.requests import ask_for_person, settle, tasks_waiting
from bot.candidate_rights.withdrawal import withdraw
from bot.console.decisions import Value, decide, note_report_read
from bot.console.interview_list import ListFilter, list_interviews
from bot.console.policy_advance import advance_due
from bot.console.review_queue import read_queue
from bot.console.review_unopened import read_unopened
from bot.feedback import draft_due, feedback_waiting, release_feedback, told_candidate
from bot.outreach.invitation import Invitation
from bot.outreach.reminder import plan_what_follows, reopen
from bot.services import Services
from core.clock import now, turn_forward
from core.tables import Interview, Message, Report, new_id
from scoring.report import newest_decision
from tests.bot.outreach.conftest import house_with_mail, mail, mail_for_all
from tests.bot.outreach.letter_box import letters, post, send
from tests.bot.outreach.mail_server import MailServer
from tests.builders import ANSWERS, Said, scored_interview

__all__ = ["house_with_mail", "mail", "mail_for_all"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
RECRUITER = Account(id="user:wang", name="王招聘", role="recruiter")
WEAK = {key: Said("嗯，看情况吧。", (), 1.6) for key in ANSWERS["zh"]}
DAYS = 16
"""The week, the second window of those who did not come, and five days more until they stand on the recruiter's list."""


@dataclass
class Week:
    """What becomes of everybody, and when the recruiter is at the desk: 9 to 18 on working days."""

    services: Services
    mail: MailServer
    people: dict[str, list[Invitation]] = field(default_factory=dict)
    mailed_at: list[datetime] = field(default_factory=list)

    def invite(self, kind: str, count: int) -> None:
        self.people[kind] = [
            send(self.services, name=f"{kind}{number}", phone=None, email=f"{kind}{number}@example.com")
            for number in range(count)
        ]

    def everybody(self) -> Iterator[Invitation]:
        for invited in self.people.values():
            yield from invited

    def begin(self, interview_id: str) -> None:
        with self.services.database.unit_of_work() as session:
            session.get_one(Interview, interview_id).consented_at = now()
            session.add(
                Message(
                    interview_id=interview_id, seq=1000, sender="bot", kind="question", text_sealed="", turn_id=new_id(),
                    created_at=now(),
                )
            )  # fmt: skip

    def finish(self, interview_id: str, *, well: bool = True) -> None:
        scored_interview(self.services, interview_id=interview_id, answers=None if well else WEAK)
        with self.services.database.unit_of_work() as session:
            interview = session.get_one(Interview, interview_id)
            interview.finished_at = now()
            for report in session.exec(select(Report).where(Report.interview_id == interview_id)):
                report.reported_at = now()

    async def live_an_hour(self) -> None:
        """What the worker does in it, and the recruiter where it is working time."""
        turn_forward(timedelta(hours=1))
        plan_what_follows(self.services)
        advance_due(self.services)
        draft_due(self.services)
        before = len(self.mail.mails)
        await post(self.services)
        self.mailed_at += [now().astimezone(SHANGHAI)] * (len(self.mail.mails) - before)
        here = now().astimezone(SHANGHAI)
        if here.weekday() < 5 and 9 <= here.hour < 18:
            self.work()

    def work(self) -> None:
        """The queue from the top, what candidates asked, and the feedback that waits."""
        for row in read_queue(self.services, "zh", RECRUITER).rows[:4]:
            note_report_read(self.services, row.case.id, self._report(row.report_id), RECRUITER)
            value: Value = "advance" if (row.match or 0) >= 60 else "reject"
            decide(self.services, row.case.id, value, "看过依据", RECRUITER, row.report_id, row.seen_decision)
        for task in tasks_waiting(self.services, RECRUITER):
            settle(self.services, task.id, "您好，下午给您回电话。", RECRUITER)
        for line in feedback_waiting(self.services, RECRUITER):
            release_feedback(self.services, line.interview_id, RECRUITER)

    def candidate_of(self, interview_id: str) -> str:
        with self.services.database.reading() as session:
            return session.get_one(Interview, interview_id).candidate_id

    def _report(self, report_id: str) -> Report:
        with self.services.database.reading() as session:
            return session.get_one(Report, report_id)

    def mails_to(self, address: str) -> list[str]:
        return [str(one["subject"]) for one in self.mail.mails if address in str(one["to"])]


async def test_thirty_candidates_are_all_decided_and_told(house_with_mail: Services, mail: MailServer) -> None:
    week = Week(house_with_mail, mail)
    mail.at_rcpt = ["550 no such user"]
    week.invite("wrong_address", 1)
    await post(house_with_mail)
    for kind, count in (
        ("on_time", 10),
        ("weak", 4),
        ("last_day", 4),
        ("absent", 4),
        ("later", 1),
        ("cut_off", 2),
        ("angry", 2),
        ("again", 2),
    ):
        week.invite(kind, count)
    one_of = {kind: [each.id for each in invited] for kind, invited in week.people.items()}
    assert sum(len(ids) for ids in one_of.values()) == 30

    for hour in range(1, 24 * DAYS + 1):
        if hour <= 10:
            week.finish(one_of["on_time"][hour - 1])
        if 22 <= hour < 26:
            week.finish(one_of["weak"][hour - 22], well=False)
        if hour in (30, 31):
            week.finish(one_of["again"][hour - 30], well=False)
        if hour == 26:
            for interview_id in (*one_of["cut_off"], *one_of["angry"]):
                week.begin(interview_id)
        if hour == 28:
            for interview_id in one_of["angry"]:
                holder = Holder(interview_id, week.candidate_of(interview_id), "")
                ask_for_person(house_with_mail, holder, "你们的机器人听不懂人话！")
                withdraw(house_with_mail, holder)
        if hour == 50:  # the resume link has come
            week.finish(one_of["cut_off"][0])
        if hour == 24 * 4:
            for interview_id in one_of["again"]:
                assert told_candidate(house_with_mail, interview_id) is not None
                ask_for_review(house_with_mail, interview_id)
        if 24 * 7 - 6 <= hour < 24 * 7 - 2:
            week.finish(one_of["last_day"][hour - (24 * 7 - 6)])
        if hour == 24 * 8:
            reopen(house_with_mail, week.people["later"][0].token)
        if hour == 24 * 9:
            week.finish(one_of["later"][0])
        await week.live_an_hour()

    finished = [
        *one_of["on_time"],
        *one_of["weak"],
        *one_of["last_day"],
        *one_of["again"],
        *one_of["later"],
        one_of["cut_off"][0],
    ]
    with house_with_mail.database.reading() as session:
        for interview_id in finished:
            decision = newest_decision(session, interview_id)
            assert decision is not None
            assert decision.value in ("advance", "reject")
            assert not review_is_asked(session, interview_id)
        assert all(newest_decision(session, each).version == 2 for each in one_of["again"])  # type: ignore[union-attr]
        assert [newest_decision(session, each) for each in (*one_of["absent"], one_of["cut_off"][1])] == [None] * 5
    for invitation in week.everybody():
        kinds = {letter.kind: letter.state for letter in letters(house_with_mail, invitation.id)}
        if invitation.id in finished:
            assert kinds["feedback"] == "sent", kinds
            assert told_candidate(house_with_mail, invitation.id)
        assert "pending" not in kinds.values()

    assert read_queue(house_with_mail, "zh", RECRUITER).rows == []
    assert tasks_waiting(house_with_mail, RECRUITER) == []
    assert feedback_waiting(house_with_mail, RECRUITER) == []
    for kind in ("absent", "later"):
        assert any("重新开放" in subject for subject in week.mails_to(f"{kind}0@"))
    assert any("接着" in subject for subject in week.mails_to("cut_off1@"))
    lost = {line.id for line in read_unopened(house_with_mail, "zh", RECRUITER)}
    assert {*one_of["absent"], one_of["cut_off"][1]} <= lost
    shown = {row.id: row for row in list_interviews(house_with_mail, ListFilter(), RECRUITER).rows}
    assert shown[one_of["wrong_address"][0]].no_show
    assert {row.id for row in shown.values() if row.status == "withdrawn"} == set(one_of["angry"])

    assert {at.hour for at in week.mailed_at} <= set(range(8, 21))
    told = [(str(one["to"]), str(one["subject"])) for one in mail.mails]
    again = [each for each in told if told.count(each) > 1 and not re.search("结果", each[1])]
    assert again == [], "a letter came twice"
