"""A whole interview with phrases that can be looked for afterwards, wherever our product keeps anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, text
from sqlmodel import Session, SQLModel, col, select

from bot.outreach.invitation import InvitationRequest, invite
from bot.services import Services
from core.clock import now
from core.tables import (
    AuditEntry,
    Candidate,
    CandidateCheck,
    DataCorrection,
    Decision,
    DemographicAnswer,
    GroupNote,
    HrmsLink,
    Interview,
    Letter,
    PossibleDuplicate,
    Recording,
    RecordingChunk,
    Report,
    Resume,
    RightsRequest,
    RightsSession,
    Talk,
    TelegramChat,
    TelegramUpdate,
    Timer,
    WebhookReceipt,
    new_id,
)
from tests.builders import ANSWERS, BUILDER, Said, scored_interview

NAME: Final = "金丝雀小芳"
PHONE: Final = "+8613911119999"
EMAIL: Final = "canary.bird@example.com"
EXTERNAL: Final = "EXT-7001"
ANSWER: Final = "我把黄铜鹦鹉放在客户的办公桌上，然后等他先开口，第二天他就签了三年的合同。"
RESUME: Final = "黄铜鹦鹉有限公司 2019-2024 销售经理"
SOUND: Final = b"RIFFcanarysound" * 4000
MARKS: Final = (NAME, PHONE[3:], EMAIL, "黄铜鹦鹉", "canarysound")


def held(services: Services, name: str = NAME, phone: str = PHONE, email: str = EMAIL, external: str = EXTERNAL) -> str:
    """Somebody who was interviewed and decided on, with a résumé, a recording, letters, checks, Telegram and links; the
    candidate's id."""
    request = InvitationRequest("sales", name, "zh", phone, email, "内推", external)
    invited = invite(services, request, BUILDER)
    said = {**ANSWERS["zh"], "resilience_s1": Said(ANSWER, (ANSWER[:20],), 3.0)}
    scored_interview(services, answers=said, interview_id=invited.id)
    with services.database.unit_of_work() as session:
        interview = session.get_one(Interview, invited.id)
        candidate_id = interview.candidate_id
        key = services.key_of(session, interview)
        report = session.exec(select(Report).where(Report.interview_id == invited.id)).one()
        recording = Recording(
            interview_id=invited.id, client_id="r1", channel="web", begun_at=now(), heard_sealed=key.seal(ANSWER)
        )
        session.add_all([recording, *_more(invited.id, candidate_id, report.id, key)])
        session.flush()
        request = session.exec(select(RightsRequest).where(RightsRequest.interview_id == invited.id)).one()
        session.add(
            DataCorrection(
                candidate_id=candidate_id,
                interview_id=invited.id,
                request_id=request.id,
                field="name",
                before_sealed=key.seal("旧名"),
                after_sealed=key.seal(NAME),
                made_at=now(),
            )
        )
        session.add(
            RecordingChunk(
                recording_id=recording.id,
                ordinal=0,
                size_bytes=len(SOUND),
                data_sealed=key.seal_bytes(SOUND, "recording"),
            )
        )
    return candidate_id


def _more(interview_id: str, candidate_id: str, report_id: str, key: Any) -> Iterator[SQLModel]:
    yield Resume(
        interview_id=interview_id,
        file_sealed=key.seal_bytes(RESUME.encode(), "resume file"),
        parsed_sealed=key.seal(json.dumps({"work": RESUME}, ensure_ascii=False), "resume"),
        uploaded_at=now(),
    )
    yield Decision(
        interview_id=interview_id,
        value="advance",
        by="mei",
        reason_sealed=key.seal(f"{NAME}：表达清楚"),
        version=1,
        report_id=report_id,
        decided_at=now(),
    )
    yield CandidateCheck(
        candidate_id=candidate_id,
        kind="written_test",
        title="逻辑",
        taken_on=now().date(),
        sealed=key.seal("{}", "check"),
        file="checks.csv",
        imported_at=now(),
    )
    yield Letter(
        candidate_id=candidate_id,
        interview_id=interview_id,
        kind="reminder",
        channel="sms",
        body_sealed=key.seal(NAME),
        state="sent",
        due_at=now(),
        tries=1,
        planned_at=now(),
    )
    yield TelegramChat(bot_id=1, user_id=4711, interview_id=interview_id, chosen_at=now())
    yield TelegramUpdate(
        bot_id=1,
        update_id=int(new_id()[-6:], 36),
        chat_id=4711,
        interview_id=interview_id,
        kind="text",
        content_sealed=key.seal(ANSWER),
        received_at=now(),
    )
    yield GroupNote(key=f"person:{interview_id}:1", due_at=now())
    yield DemographicAnswer(
        interview_id=interview_id, sealed=key.seal(json.dumps({"note": NAME}), "demographics"), given_at=now()
    )
    yield RightsSession(
        token_hash=new_id(), interview_id=interview_id, candidate_id=candidate_id, opened_at=now(), expires_at=now()
    )
    yield RightsRequest(
        candidate_id=candidate_id,
        interview_id=interview_id,
        kind="correction",
        words_sealed=key.seal(ANSWER),
        made_at=now(),
    )
    yield Talk(
        interview_id=interview_id,
        host="user:1",
        starts_at=now(),
        way="phone",
        booked_at=now(),
        words_sealed=key.seal(ANSWER, "talk"),
    )
    yield Timer(kind="nudge", subject=interview_id, due_at=now() + timedelta(days=1))
    yield HrmsLink(
        connector="odoo",
        kind="applicant",
        our_id=f"{candidate_id}.x",
        remote_id=new_id(),
        content_hash="0" * 64,
        linked_at=now(),
    )
    yield WebhookReceipt(
        effect_id=new_id(), connector="webhook", candidate_id=candidate_id, digest="", acknowledged_at=now()
    )


def pair(services: Services, first: str, second: str, verdict: str | None = None) -> None:
    """Two candidates who look alike."""
    with services.database.unit_of_work() as session:
        session.add(
            PossibleDuplicate(first_id=first, second_id=second, alike_in="phone", found_at=now(), verdict=verdict)
        )


def with_stores(services: Services, interview_ids: list[str]) -> None:
    """Rasa's tracker store and the workflows' store as they look after these interviews."""
    rasa = create_engine(services.settings.database.tracker_url)
    with rasa.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)"))
        for interview_id in interview_ids:
            row = {"sender": interview_id, "data": json.dumps({"event": "user", "interview": interview_id})}
            connection.execute(text("INSERT INTO events (sender_id, data) VALUES (:sender, :data)"), row)
    rasa.dispose()
    dbos = create_engine(services.settings.database.dbos_url)
    with dbos.begin() as connection:
        connection.execute(text("CREATE TABLE workflow_status (workflow_uuid TEXT PRIMARY KEY, inputs TEXT)"))
        connection.execute(
            text(
                "CREATE TABLE operation_outputs (workflow_uuid TEXT REFERENCES workflow_status (workflow_uuid), n INT)"
            )
        )
        for interview_id in interview_ids:
            for name in (interview_id, f"{interview_id}:1"):
                values = {"id": name, "inputs": json.dumps([interview_id])}
                connection.execute(text("INSERT INTO workflow_status VALUES (:id, :inputs)"), values)
                connection.execute(text("INSERT INTO operation_outputs VALUES (:id, 1)"), values)
    dbos.dispose()


def with_files(folder: Path) -> Path:
    """The exchange folder with files that were taken in, and a list of links."""
    done = folder / "in" / "done"
    done.mkdir(parents=True)
    rows = f"姓名,手机,邮箱\r\n{NAME},139 1111 9999,{EMAIL}\r\n王大明,13800001234,wang@example.com\r\n"
    (done / "people.csv").write_bytes(rows.encode("gb18030"))
    links = f"line,external_id,name\r\n2,{EXTERNAL},{NAME}\r\n3,EXT-2,王大明\r\n"
    (done / "people.csv.invitations.csv").write_bytes(b"\xef\xbb\xbf" + links.encode())
    return folder


def secrets_of(services: Services, candidate_id: str) -> list[bytes]:
    """Whatever is sealed of a candidate, and their wrapped key, as the bytes lie in the database: a copy of these would
    be a copy of the person for as long as the key lives."""
    found: list[bytes] = []
    with services.database.reading() as session:
        candidate = session.get_one(Candidate, candidate_id)
        assert candidate.wrapped_key is not None
        found.append(candidate.wrapped_key)
        ids = session.exec(select(Interview.id).where(Interview.candidate_id == candidate_id)).all()
        for table in SQLModel.metadata.sorted_tables:
            sealed = [column for column in table.columns if column.name.endswith("sealed")]
            about = next((column for column in table.columns if column.name == "interview_id"), None)
            if not sealed or about is None:
                continue
            for row in session.execute(table.select().where(about.in_(ids))).mappings():
                for column in sealed:
                    value = row[column.name]
                    if value:
                        found.append(value if isinstance(value, bytes) else str(value).encode())
        chunks = select(RecordingChunk.data_sealed).join(Recording, col(Recording.id) == RecordingChunk.recording_id)
        found += session.exec(chunks.where(col(Recording.interview_id).in_(ids))).all()
    return [each[20:80] for each in found]


def audit_of(session: Session, subject: str) -> list[str]:
    """What the log says of a subject."""
    return list(session.exec(select(AuditEntry.action).where(AuditEntry.subject == subject)))
