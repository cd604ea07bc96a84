"""Applicants of a real Odoo are read with the connection cut at every request of a look: nobody is lost, none is news
that is ours."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import timedelta

from rich.console import Console
from ulid import ULID

from core.clock import hands_restored, turn_forward
from core.database import Database
from hr_bridge.applications import Application, FetchFile
from hr_bridge.connectors.base import HrmsUnavailable
from hr_bridge.connectors.odoo.client import OdooClient
from hr_bridge.connectors.odoo.cursor import Cursor
from hr_bridge.connectors.odoo.mapping import Mapping as OdooMapping
from hr_bridge.connectors.odoo.poller import Poller
from tests.odoo_live.scissors import Scissors, Side

RESUME = "工作经历 2019.03-2023.06 销售主管".encode()
SIDES: tuple[Side, ...] = ("before", "after")


class Desk:
    """Takes in what comes, with its résumé."""

    def __init__(self) -> None:
        self.taken: dict[int, Application] = {}
        self.files: dict[int, bytes | None] = {}

    async def known(self) -> Mapping[int, str]:
        return {one: application.version for one, application in self.taken.items()}

    async def to_read_again(self) -> Sequence[int]:
        return ()

    async def take(self, application: Application, fetch: FetchFile) -> None:
        if application.resume is not None:
            self.files[application.remote_id] = await fetch(application.resume.id)
        self.taken[application.remote_id] = application

    async def deleted(self, remote_ids: Sequence[int]) -> None:
        for one in remote_ids:
            del self.taken[one]


async def come_in(
    straight: OdooClient,
    cut: OdooClient,
    scissors: Scissors,
    database: Database,
    mapping: OdooMapping,
    console: Console,
) -> int:
    """One applicant for each request of a look, cut before and after; how many were lost or read wrongly."""
    desk, rounds, wrong = Desk(), 0, 0
    poller = Poller(cut, mapping, Cursor(database, "odoo"), desk)
    job = mapping.jobs["sales"].job
    with hands_restored():
        await _look(poller)
        for side in SIDES:
            number = 1
            while True:
                name = f"测试 {ULID()}"
                made = (
                    await straight.call("hr.applicant", "create", vals_list=[{"partner_name": name, "job_id": job}])
                )[0]
                file = {"name": "cv.txt", "res_model": "hr.applicant", "res_id": made}
                data = base64.b64encode(RESUME).decode()
                await straight.call("ir.attachment", "create", vals_list=[file | {"datas": data}])
                scissors.arm(number, side)
                await _look(poller)
                was_cut, scissors.cut_at = scissors.was_cut, None
                if not was_cut:
                    break
                await _look(poller)
                there = desk.taken.get(made)
                good = there is not None and there.name == name and there.position == "sales" and not there.candidate_id
                wrong += not (good and desk.files.get(made) == RESUME)
                rounds, number = rounds + 1, number + 1
        removed = sorted(desk.taken)[-1]
        await straight.unlink("hr.applicant", [removed])
        turn_forward(timedelta(days=1))
        await _look(poller)
        wrong += removed in desk.taken
    console.print(f"{rounds} applicants came in, a request of the look cut each time; {wrong} lost", highlight=False)
    return wrong


async def _look(poller: Poller) -> None:
    turn_forward(timedelta(minutes=2))
    try:
        await poller.poll_if_due()
    except HrmsUnavailable:
        return
