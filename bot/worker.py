"""The worker: everything slow. Durable workflows (DBOS) from a finished interview to a delivered result, and timers.

The store of the workflows holds ids alone. A killed worker's workflows go on when a process with its executor id
starts again; the sweep starts what a crash left out.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowSerializationFormat
from dbos import error as dbos_error
from sqlmodel import col, select

from bot.conversation import add_signal
from bot.logs import configure_logging
from bot.pulse import Pulse
from core.clock import now
from core.database import Database
from core.encryption import KeyRing
from core.errors import MianshiError
from core.settings import Settings
from core.tables import Interview, Timer
from hr_bridge.connectors.records.client import RecordsClient
from hr_bridge.connectors.records.connector import RecordsConnector
from hr_bridge.delivery import Deliverer
from scoring.assess import AnswerScorer
from scoring.llm_steps import LanguageModelSteps
from scoring.workflow import AssessmentSteps

WORKFLOW_VERSION = "2"
"""Raised by hand when steps change in a way that old workflows cannot follow; DBOS recovers its own version only."""
LOOK_EVERY_S = 1.0
STEP_ATTEMPTS = 10
"""With DBOS's doubling pauses this bridges about a quarter of an hour of a locked database or a full disk."""
OPTIONAL_ATTEMPTS = 3
"""A language model is not worth waiting for."""

log = logging.getLogger("mianshi.worker")


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    configure_logging()
    asyncio.run(_run(settings, os.environ.get("EXECUTOR_ID", "worker-1")))


async def _run(settings: Settings, name: str) -> None:
    database = Database(settings.database.url)
    keys = KeyRing(settings.secrets.master_key.get_secret_value())
    scorer = await asyncio.to_thread(AnswerScorer.load, settings.models)
    steps = AssessmentSteps(database, keys, scorer, settings.connectors)
    records = RecordsClient(settings.records.base_url, settings.records.token.get_secret_value())
    deliverer = Deliverer(database, keys, {"records": RecordsConnector(records)})

    language_model = LanguageModelSteps(database, keys, settings.language_model)
    start_assessment = launch_workflows(settings, name, steps, language_model)
    pulse = asyncio.create_task(Pulse(database, name).run())
    log.info("worker %s is ready", name)
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    while not stop.is_set():
        try:
            for interview_id in await asyncio.to_thread(steps.waiting):
                await asyncio.to_thread(start_assessment, interview_id)
            await asyncio.to_thread(fire_due_timers, database)
            await deliverer.deliver_due()
        except MianshiError as error:
            log.warning("%s; the worker looks again", error)
        try:
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
        except TimeoutError:
            continue
    pulse.cancel()
    await asyncio.to_thread(DBOS.destroy)
    database.close()


def launch_workflows(
    settings: Settings, name: str, steps: AssessmentSteps, language_model: LanguageModelSteps
) -> Callable[[str], None]:
    """Register the workflows, launch DBOS, and return what starts an assessment (once per interview)."""
    DBOS(
        config=DBOSConfig(
            name="mianshi",
            system_database_url=settings.database.dbos_url,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
            application_version=WORKFLOW_VERSION,
            executor_id=name,
        )
    )

    @DBOS.step(name="score_answers", retries_allowed=True, max_attempts=STEP_ATTEMPTS)
    def score_answers(interview_id: str) -> None:
        steps.score_answers(interview_id)

    @DBOS.step(name="rate_a_second_time", retries_allowed=True, max_attempts=OPTIONAL_ATTEMPTS)
    def rate_a_second_time(interview_id: str) -> None:
        language_model.rate_answers(interview_id)

    @DBOS.step(name="report_and_hand_over", retries_allowed=True, max_attempts=STEP_ATTEMPTS)
    def report_and_hand_over(interview_id: str) -> None:
        steps.report_and_hand_over(interview_id)

    @DBOS.step(name="word_report", retries_allowed=True, max_attempts=OPTIONAL_ATTEMPTS)
    def word_report(interview_id: str) -> None:
        language_model.word_report(interview_id)

    @DBOS.workflow(name="assess_interview", serialization_type=WorkflowSerializationFormat.PORTABLE)
    def assess_interview(interview_id: str) -> None:
        score_answers(interview_id)
        go_on_without(rate_a_second_time, interview_id)
        report_and_hand_over(interview_id)
        go_on_without(word_report, interview_id)

    DBOS.launch()

    def start_assessment(interview_id: str) -> None:
        if DBOS.get_workflow_status(interview_id) is not None:
            return  # under way, or being recovered
        with SetWorkflowID(interview_id):
            DBOS.start_workflow(assess_interview, interview_id)

    return start_assessment


def go_on_without(step: Callable[[str], None], interview_id: str) -> None:
    """Run a step that nothing waits for; its failure is a line in the log."""
    try:
        step(interview_id)
    except dbos_error.DBOSMaxStepRetriesExceeded:
        log.warning("interview %s: %s failed; its report does not wait for it", interview_id, step.__name__)


def fire_due_timers(database: Database) -> None:
    """Put what is due into the inboxes, once each; the app's drain picks it up."""
    with database.unit_of_work() as session:
        due = select(Timer).where(Timer.due_at <= now(), col(Timer.fired_at).is_(None)).with_for_update()
        for timer in session.exec(due):
            timer.fired_at = now()
            interview = session.get_one(Interview, timer.subject)
            if interview.finished_at is None and interview.withdrawn_at is None:
                add_signal(session, timer.subject, f"{timer.kind}:{timer.due_at.timestamp():.0f}", timer.kind)
