"""Stage changes: only those on the allow-list, only while the applicant stands where we read it, never one that hires."""

from __future__ import annotations

from typing import Final

from hr_bridge.connectors.base import Effect, HrmsRejected
from hr_bridge.connectors.odoo.applicant import MODEL, SILENT
from hr_bridge.connectors.odoo.client import Json, OdooClient
from hr_bridge.connectors.odoo.mapping import Mapping, Move
from hr_bridge.connectors.odoo.payload import StageMove, digits

STAGES: Final = "hr.recruitment.stage"
STAGE_FIELDS: Final = ("name", "hired_stage", "job_ids", "template_id")


class Stages:
    """Decides on a move, and makes it."""

    def __init__(self, client: OdooClient, mapping: Mapping) -> None:
        self._client = client
        self._mapping = mapping

    def allowed(self, effect: Effect, row: Json) -> Move | None:
        """The move that the mapping allows for an effect and an applicant that stands as `row` says."""
        job = self._mapping.jobs.get(effect.assessment.position_key)
        if job is None or not row["active"] or not row["stage_id"] or not row["job_id"] or row["job_id"][0] != job.job:
            return None
        when = _occasion(effect)
        return next((move for move in job.moves if move.when == when and row["stage_id"][0] in move.from_), None)

    async def plan(self, effect: Effect, row: Json) -> StageMove | None:
        """The move to make; None where the applicant stays. HrmsRejected for a stage that hires or is of another job."""
        move = self.allowed(effect, row)
        if move is None:
            return None
        found = await self._client.search(STAGES, [["id", "=", move.to]], STAGE_FIELDS)
        obstacle = stage_obstacle(move.to, found[0] if found else None, row["job_id"][0])
        if obstacle:
            raise HrmsRejected(obstacle)
        return StageMove(row["stage_id"][0], move.to, str(row["date_last_stage_update"] or ""))

    async def stands_where_it_was(self, applicant_id: int, move: StageMove) -> bool:
        """True while the applicant has not been moved since we read it."""
        row = await self._client.read(MODEL, applicant_id, ["active", "stage_id", "date_last_stage_update"])
        if row is None or not row["active"] or not row["stage_id"]:
            return False
        since = digits(row["date_last_stage_update"])
        return bool(row["stage_id"][0] == move.from_stage) and since == digits(move.since)

    async def make(self, applicant_id: int, move: StageMove) -> None:
        """Move the applicant; the stage's mail to the candidate, if it has one, is not sent."""
        await self._client.write(MODEL, applicant_id, {"stage_id": move.to_stage}, SILENT)


def stage_obstacle(stage_id: int, stage: Json | None, job_id: int) -> str | None:
    """Why nothing is moved into a stage; None where it may be."""
    if stage is None:
        return f"The stage {stage_id} of ODOO_MAPPING does not exist in Odoo."
    if stage["hired_stage"]:
        return f"The stage {stage_id} of ODOO_MAPPING hires in Odoo, and hiring is a person's act; choose another."
    if stage["job_ids"] and job_id not in stage["job_ids"]:
        return f"The stage {stage_id} of ODOO_MAPPING belongs to other jobs in Odoo than {job_id}."
    return None


def _occasion(effect: Effect) -> str:
    if effect.kind == "decision" and effect.assessment.decision is not None:
        return effect.assessment.decision.value
    return effect.kind
