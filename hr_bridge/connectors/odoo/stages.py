"""Stage changes: only those on the allow-list, only while the applicant stands where we read it, never one that hires."""

from __future__ import annotations

from time import monotonic
from typing import Final

from hr_bridge.connectors.base import Effect, HrmsRejected
from hr_bridge.connectors.odoo.applicant import MODEL, QUIET, SILENT
from hr_bridge.connectors.odoo.client import Json, OdooClient
from hr_bridge.connectors.odoo.mapping import Mapping
from hr_bridge.connectors.odoo.payload import StageMove, digits

STAGES: Final = "hr.recruitment.stage"
STAGE_FIELDS: Final = ("name", "hired_stage", "job_ids", "template_id")
STAGES_HOLD_S: Final = 30.0


class Stages:
    """Decides on a move, and makes it."""

    def __init__(self, client: OdooClient, mapping: Mapping) -> None:
        self._client = client
        self._mapping = mapping
        self._seen: dict[int, tuple[float, Json]] = {}

    async def check_targets(self, effect: Effect) -> None:
        """HrmsRejected where a stage that the effect may move to is missing, of another job, or hires."""
        job = self._mapping.jobs.get(effect.assessment.position_key)
        wanted = [move.to for move in job.moves if move.when == _occasion(effect)] if job else []
        if job is None or not wanted:
            return
        stages = await self._read(wanted)
        for stage in wanted:
            if obstacle := stage_obstacle(stage, stages.get(stage), job.job):
                raise HrmsRejected(obstacle)

    def plan(self, effect: Effect, row: Json) -> StageMove | None:
        """The move that the mapping allows for an applicant that stands as `row` says; None where it stays."""
        job = self._mapping.jobs.get(effect.assessment.position_key)
        if job is None or not row["active"] or not row["stage_id"] or not row["job_id"] or row["job_id"][0] != job.job:
            return None
        here = row["stage_id"][0]
        move = next((move for move in job.moves if move.when == _occasion(effect) and here in move.from_), None)
        return StageMove(here, move.to, str(row["date_last_stage_update"] or "")) if move else None

    async def stands_where_it_was(self, applicant_id: int, move: StageMove) -> bool:
        """True while the applicant has not been moved since we read it."""
        row = await self._client.read(MODEL, applicant_id, ["active", "stage_id", "date_last_stage_update"])
        if row is None or not row["active"] or not row["stage_id"]:
            return False
        since = digits(row["date_last_stage_update"])
        return bool(row["stage_id"][0] == move.from_stage) and since == digits(move.since)

    async def make(self, applicant_id: int, move: StageMove) -> None:
        """Move the applicant, unless that was done or a person moved it meanwhile. Nobody is mailed: Odoo would send the
        stage's template, if it has one, from its tracking."""
        stage = (await self._read([move.to_stage])).get(move.to_stage)
        if not await self.stands_where_it_was(applicant_id, move):
            return
        if stage is None or stage["hired_stage"]:
            raise HrmsRejected(stage_obstacle(move.to_stage, stage, 0) or "")
        context = SILENT if stage["template_id"] else QUIET
        await self._client.write(MODEL, applicant_id, {"stage_id": move.to_stage}, context)

    async def _read(self, stages: list[int]) -> dict[int, Json]:
        """What the stages are, at most STAGES_HOLD_S old: they are changed once a year, and read for every candidate."""
        moment = monotonic()
        if any(moment - self._seen.get(stage, (-STAGES_HOLD_S, {}))[0] >= STAGES_HOLD_S for stage in stages):
            rows = await self._client.search(STAGES, [["id", "in", stages]], STAGE_FIELDS)
            self._seen |= {stage: (moment, next((r for r in rows if r["id"] == stage), {})) for stage in stages}
        return {stage: self._seen[stage][1] for stage in stages if self._seen[stage][1]}


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
