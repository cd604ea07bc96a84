from __future__ import annotations

from bot.audit_chain import link_new_entries
from bot.console.decisions import decide
from tests.bot.console.house import House
from tests.builders import BUILDER, scored_interview


async def test_an_auditor_reads_both_logs_and_meets_no_candidates_name(house: House) -> None:
    interview_id = scored_interview(house.services, name="欧阳候选")
    decide(house.services, interview_id, "hold", "等名额，欧阳候选要想想", BUILDER)
    async with house.signed_in("auditor") as browser:
        home = await browser.get("/console/home")
        assert home.headers["location"] == "/console/audit"
        log = await browser.get("/console/audit", params={"subject": interview_id, "action": "decided"})
        assert "作出决定：暂缓</td>" in log.text
        assert "待入链" in log.text
        assert "查看报告</td>" not in log.text
        decisions = (await browser.get("/console/audit/decisions")).text
        assert "等名额，█" in decisions
        for page in (log.text, decisions):
            assert "欧阳候选" not in page
        assert (await browser.get(f"/console/interviews/{interview_id}")).status_code == 403
        link_new_entries(house.services.database)
        by_name = await browser.get("/console/audit", params={"actor": "auditor"})
        assert "查看审计日志</td>" in by_name.text, "reading the log is in the log"


async def test_a_missing_entry_is_told_on_the_page(house: House) -> None:
    scored_interview(house.services)
    link_new_entries(house.services.database)
    with house.services.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM auditentry WHERE place = 1")
    async with house.signed_in("auditor") as browser:
        assert "日志缺少条目" in (await browser.get("/console/audit")).text
