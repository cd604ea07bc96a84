"""Whether the HR system is ready, and what the next delivery would change there."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlmodel import col, select

from core.database import Database
from core.encryption import KeyRing
from core.errors import MianshiError
from core.settings import Settings
from core.tables import Candidate, Delivery, Interview
from hr_bridge.assessment import CandidateAssessment
from hr_bridge.connectors.base import Effect
from hr_bridge.connectors.odoo.check import Finding, OdooCheck
from hr_bridge.connectors.odoo.connector import OdooConnector
from hr_bridge.connectors.odoo.fields import Change
from hr_bridge.connectors.odoo.mapping import load_mapping
from hr_bridge.connectors.odoo.open import open_client
from hr_bridge.delivery import PURPOSE


@dataclass
class Checked:
    """What was found; `next_delivery` is the id of the delivery whose changes are shown, if one waits."""

    findings: list[Finding]
    prepared: list[str] = field(default_factory=list)
    next_delivery: str | None = None
    changes: list[Change] = field(default_factory=list)
    obstacle: str | None = None
    """Why the next delivery would not go through as things are."""

    @property
    def ok(self) -> bool:
        return self.obstacle is None and all(finding.verdict != "fail" for finding in self.findings)


async def check_hrms(settings: Settings, *, prepare: bool = False) -> Checked:
    """Examine the Odoo of the settings. Rejected when none is set up or the mapping cannot be used."""
    mapping = load_mapping(settings.odoo.mapping)
    pay_key = settings.odoo.pay_key.get_secret_value()
    async with open_client(settings.odoo) as client, open_client(settings.odoo, pay_key or None) as pay_client:
        examination = OdooCheck(client, mapping, pay_client if pay_key else None)
        prepared = await examination.prepare() if prepare else []
        checked = Checked(await examination.examine(), prepared)
        database = Database(settings.database.url)
        try:
            effect = _next_effect(database, KeyRing(settings.secrets.master_key.get_secret_value()))
            if effect is not None:
                checked.next_delivery = effect.id
                connector = OdooConnector(client, database, mapping, _no_report)
                checked.changes = await connector.preview(effect)
        except MianshiError as error:
            checked.obstacle = str(error)
        finally:
            database.close()
    return checked


def _no_report(interview_id: str, version: int) -> bytes:
    raise NotImplementedError("a preview renders no report")


def _next_effect(database: Database, keys: KeyRing) -> Effect | None:
    """The oldest delivery to Odoo that has not arrived."""
    waiting = (
        select(Delivery)
        .join(Interview, col(Interview.id) == Delivery.interview_id)
        .join(Candidate, col(Candidate.id) == Interview.candidate_id)
        .where(Delivery.connector == "odoo", Delivery.state != "sent", col(Candidate.wrapped_key).is_not(None))
        .order_by(col(Delivery.id))
        .limit(1)
    )
    with database.reading() as session:
        row = session.exec(waiting).first()
        if row is None:
            return None
        interview = session.get_one(Interview, row.interview_id)
        key = keys.unwrap(session.get_one(Candidate, interview.candidate_id).wrapped_key)
    assessment = CandidateAssessment.from_json(key.open(row.assessment_sealed, PURPOSE))
    return Effect(row.id, row.kind, row.version, assessment)  # type: ignore[arg-type]
