"""The worker: everything slow. Durable workflows (DBOS) from a finished interview to a delivered result, and timers.

The store of the workflows holds ids alone. A killed worker's workflows go on when a process with its executor id
starts again; the sweep starts what a crash left out.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetWorkflowID,
    WorkflowSerializationFormat,
    WorkflowStatus,
)
from dbos import error as dbos_error
from sqlmodel import col, select

from bot.applicant_look import looking_for_applicants
from bot.audit_chain import link_new_entries
from bot.candidate_rights.withdrawal import tell_withdrawals
from bot.console.policy_advance import advance_due
from bot.conversation import add_signal
from bot.doorbell import Doorbell
from bot.exchange import carrying, looking_at
from bot.feedback import draft_due
from bot.hearing import HearingSteps
from bot.hires import looking_for_hires
from bot.hr_talk.booking import let_go_of_withdrawn
from bot.hr_talk.reminder import remind_in_chats
from bot.logs import configure_logging
from bot.outcomes import fetching_outcomes
from bot.outreach.invitation_list import anything_waits, invite_listed
from bot.outreach.mailbox import look_into_mailbox
from bot.outreach.postman import Rounds, note_returned
from bot.outreach.senders import open_senders
from bot.outreach.walk_in import forget_walk_ins
from bot.privacy.carrying_out import carry_out_due
from bot.privacy.notices import Teller
from bot.privacy.retention import keep_to_policy
from bot.pulse import Pulse, process_name
from bot.recruiter_chat.robot import Robot, open_robot
from bot.report_file import report_file_of
from bot.services import Services
from bot.workflow_store import teach_unixepoch
from core.clock import now
from core.database import Database
from core.encryption import KeyRing
from core.errors import MianshiError, Unavailable
from core.settings import ModelSettings, Settings
from core.tables import Interview, Timer
from dialogue.recordings import TRANSCRIPT
from hr_bridge.connectors.set_up import open_connectors
from hr_bridge.delivery import Deliverer
from scoring.assess import AnswerScorer
from scoring.llm_steps import LanguageModelSteps
from scoring.workflow import AssessmentSteps

if TYPE_CHECKING:
    from scoring.listening import Listener

WORKFLOW_VERSION = "2"
"""Raised by hand when steps change in a way that old workflows cannot follow; DBOS recovers its own version only."""
LOOK_EVERY_S = 1.0
QUEUE_LOOK_S = 0.5
POLICY_LOOK_S = 15.0
ERASE_LOOK_S = 5.0
FORGET_LOOK_S = 600.0
MAILBOX_LOOK_S = 300.0
STEP_ATTEMPTS = 10
"""With DBOS's doubling pauses this bridges about a quarter of an hour of a locked database or a full disk."""
HEARING_ATTEMPTS = 3
"""After these the candidate is asked to type: nobody should wait for a recording that ends in an error each time. A
database or a decoder that is busy is no such error."""
RECORDINGS = "recordings"
"""The queue of what is to be heard."""
OPTIONAL_ATTEMPTS = 3
"""A language model is not worth waiting for."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
"""Between attempts at one interview or recording: doubling, up to this."""

Job = Callable[[], Awaitable[object]]

log = logging.getLogger("mianshi.worker")


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    configure_logging()
    asyncio.run(_run(settings, process_name(settings, "worker-1")))


async def _run(settings: Settings, name: str) -> None:
    database = Database(settings.database.url)
    keys = KeyRing(settings.secrets.master_key.get_secret_value())
    scorer = await asyncio.to_thread(AnswerScorer.load, settings.models)
    steps = AssessmentSteps(database, keys, scorer, settings.connectors)
    language_model = LanguageModelSteps(database, keys, settings.language_model)
    hearing = HearingSteps(database, keys, partial(load_listener, settings.models))
    start_assessment, start_hearing = launch_workflows(settings, name, steps, language_model, hearing)
    await open_queue(settings)
    pulse = asyncio.create_task(Pulse(database, name).run())
    log.info("worker %s is ready", name)
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)

    sweep = starting_each("interview", steps.waiting, start_assessment)
    listen = starting_each("recording", hearing.waiting, start_hearing)

    async def fire() -> None:
        await asyncio.to_thread(fire_due_timers, database)

    looks: list[asyncio.Task[None]] = []
    services = Services(settings, database, keys, inbox_bell=Doorbell(), outbox_bell=Doorbell())

    def look(name: str, job: Job, every_s: float = LOOK_EVERY_S) -> None:
        looks.append(asyncio.create_task(look_again_and_again(name, job, stop, every_s)))

    def of_services(job: Callable[[Services], object]) -> Job:
        return partial(asyncio.to_thread, job, services)

    async def invite_many() -> None:
        if await asyncio.to_thread(anything_waits, services):
            await asyncio.to_thread(invite_listed, services)

    look("recordings", listen)
    look("hires", looking_for_hires(services))
    look("outcomes", fetching_outcomes(services))
    look("lists", invite_many)
    look("automatic advance", of_services(advance_due), POLICY_LOOK_S)
    look("feedback", of_services(draft_due), POLICY_LOOK_S)
    look("withdrawals", of_services(tell_withdrawals), POLICY_LOOK_S)
    look("audit log", partial(asyncio.to_thread, link_new_entries, database), POLICY_LOOK_S)
    look("talks", of_services(let_go_of_withdrawn), POLICY_LOOK_S)
    look("talk reminders", of_services(remind_in_chats), POLICY_LOOK_S)
    look("walk-ins", of_services(forget_walk_ins), FORGET_LOOK_S)
    look("erasures", of_services(carry_out_due), ERASE_LOOK_S)
    look("retention", of_services(keep_to_policy), FORGET_LOOK_S)
    if settings.robot.url:
        robot = Robot(services, open_robot(settings.robot, settings.webhook.private_hosts))
        look("group robot", robot, POLICY_LOOK_S)
    if settings.returned_mail.host and settings.mail.sender:
        returned = partial(look_into_mailbox, services, partial(note_returned, services))
        look("returned mail", partial(asyncio.to_thread, returned), MAILBOX_LOOK_S)
    if settings.exchange.folder is not None:
        look("files", looking_at(services, settings.exchange.folder))
    if (carry := carrying(settings.exchange)) is not None:
        look("sftp", carry)
    async with (
        open_connectors(settings, database, report_file_of(services)) as connectors,
        looking_for_applicants(services) as look_for_applicants,
        open_senders(settings) as senders,
    ):
        look("erasure notices", Teller(database, connectors).tell_due, ERASE_LOOK_S)
        look("letters", Rounds(services, senders))
        applicants = asyncio.create_task(look_again_and_again("applicants", look_for_applicants, stop))
        await work(sweep, fire, Deliverer(database, keys, connectors).deliver_due, stop)
        applicants.cancel()  # what was not taken is taken after the next start
        await asyncio.gather(applicants, return_exceptions=True)
        await asyncio.gather(*looks)
    pulse.cancel()
    await asyncio.gather(pulse, return_exceptions=True)
    await asyncio.to_thread(DBOS.destroy)
    database.close()


async def work(sweep: Job, fire: Job, deliver: Job, stop: asyncio.Event) -> None:
    """Do the three jobs until stopped, each in a loop of its own: an HRMS that hangs delays neither timers nor
    assessments. A delivery that is under way when we stop counts as unknown."""
    delivering = asyncio.create_task(look_again_and_again("deliveries", deliver, stop))
    await asyncio.gather(look_again_and_again("assessments", sweep, stop), look_again_and_again("timers", fire, stop))
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)


def starting_each(what: str, waiting: Callable[[], list[str]], start: Callable[[str], None]) -> Job:
    """A job that starts whatever waits, each again after FIRST_PAUSE at the soonest; one that cannot be started holds up
    no other. A crash leaves nothing out, since what has not had its effect still waits."""
    started: dict[str, datetime] = {}

    async def start_each() -> None:
        subjects = await asyncio.to_thread(waiting)
        for subject in started.keys() - set(subjects):
            del started[subject]
        for subject in subjects:
            if subject in started and now() - started[subject] < FIRST_PAUSE:
                continue
            try:
                await asyncio.to_thread(start, subject)
                started[subject] = now()
            except Exception as error:
                note_failure(f"{what} {subject}", error)

    return start_each


async def look_again_and_again(name: str, job: Job, stop: asyncio.Event, every_s: float = LOOK_EVERY_S) -> None:
    """Do a job every `every_s` until stopped. Whatever goes wrong in it is a line in the log."""
    while not stop.is_set():
        try:
            await job()
        except Exception as error:
            note_failure(name, error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_s)


def note_failure(name: str, error: Exception) -> None:
    """One line in the log. Of an error that is not ours the type alone: its message may quote a candidate."""
    if isinstance(error, MianshiError):
        log.warning("%s: %s", name, error)
    else:
        log.error("%s failed with %s; the worker looks again", name, type(error).__name__)


def launch_workflows(
    settings: Settings,
    name: str,
    steps: AssessmentSteps,
    language_model: LanguageModelSteps,
    hearing: HearingSteps,
) -> tuple[Callable[[str], None], Callable[[str], None]]:
    """Register the workflows, launch DBOS, and return what starts an assessment and what queues a recording.

    An assessment starts once per interview, and again under a new id when the last attempt ended without a report.
    """
    teach_unixepoch()
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

    @DBOS.step(name="hear", retries_allowed=True, max_attempts=HEARING_ATTEMPTS)
    def hear(recording_id: str) -> None:
        hearing.hear(recording_id)

    @DBOS.step(name="give_up_hearing", retries_allowed=True, max_attempts=STEP_ATTEMPTS)
    def give_up_hearing(recording_id: str) -> None:
        hearing.give_up(recording_id)

    @DBOS.workflow(name="hear_recording", serialization_type=WorkflowSerializationFormat.PORTABLE)
    def hear_recording(recording_id: str) -> None:
        try:
            hear(recording_id)
        except dbos_error.DBOSMaxStepRetriesExceeded as failure:
            if isinstance(failure.errors[-1], Unavailable):
                raise  # nothing is wrong with the recording: it is queued again after a rest
            give_up_hearing(recording_id)

    DBOS.launch()

    def start_assessment(interview_id: str) -> None:
        start_again("interview", interview_id, lambda: DBOS.start_workflow(assess_interview, interview_id))

    def start_hearing(recording_id: str) -> None:
        start_again("recording", recording_id, lambda: DBOS.enqueue_workflow(RECORDINGS, hear_recording, recording_id))

    return start_assessment, start_hearing


def load_listener(settings: ModelSettings) -> Listener:
    """The recogniser and all around it; imported with the first recording, since many a house has none."""
    from scoring.listening import Listener

    return Listener.load(settings)


async def open_queue(settings: Settings) -> None:
    """Have what waits in the queue of recordings heard, a few at once: a crowd of them must leave room for the rest."""
    await DBOS.register_queue_async(
        RECORDINGS, worker_concurrency=settings.voice.at_once, polling_interval_sec=QUEUE_LOOK_S
    )


def start_again(what: str, subject: str, start: Callable[[], object]) -> None:
    """Start a workflow under its subject's id, or under a new one where the last attempt ended without its effect."""
    earlier = DBOS.list_workflows(workflow_id_prefix=subject, load_input=False, load_output=False)
    if earlier and not may_start_again(earlier[-1], len(earlier)):
        return
    if earlier:
        log.warning(
            "%s %s: workflow %s is %s; it is started again as number %s",
            what,
            subject,
            earlier[-1].workflow_id,
            earlier[-1].status,
            len(earlier),
        )
    with SetWorkflowID(f"{subject}:{len(earlier)}" if earlier else subject):
        start()


def may_start_again(last: WorkflowStatus, attempts: int) -> bool:
    """True when the newest workflow of a subject will never end well by itself and has rested long enough."""
    under_way = last.status in ("PENDING", "ENQUEUED", "DELAYED")
    # A newer worker looks after what it started; DBOS recovers no version but its own.
    left_behind = under_way and int(last.app_version or 0) < int(WORKFLOW_VERSION)
    if not left_behind and last.status not in ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"):
        return False
    rested = now() - datetime.fromtimestamp((last.updated_at or 0) / 1000, UTC)
    return rested >= min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 16), LONGEST_PAUSE)


def go_on_without(step: Callable[[str], None], interview_id: str) -> None:
    """Run a step that nothing waits for; its failure is a line in the log."""
    try:
        step(interview_id)
    except dbos_error.DBOSMaxStepRetriesExceeded:
        log.warning("interview %s: %s failed; its report does not wait for it", interview_id, step.__name__)


def fire_due_timers(database: Database) -> None:
    """Put what is due into the inboxes, once each; the app's drain picks it up."""
    with database.reading() as session:
        unfired = select(Timer.id, Timer.subject).where(Timer.due_at <= now(), col(Timer.fired_at).is_(None))
        due = list(session.exec(unfired.order_by(col(Timer.due_at))))
    for timer_id, interview_id in due:
        try:
            _fire(database, timer_id, interview_id)
        except Exception as error:
            note_failure(f"timer {timer_id}", error)


def _fire(database: Database, timer_id: str, interview_id: str) -> None:
    with database.unit_of_work() as session:
        # The interview first, as whoever answers a turn does, or the two would wait for each other.
        interview = session.get(Interview, interview_id, with_for_update=True)
        timer = session.get(Timer, timer_id, with_for_update=True)
        if timer is None or timer.fired_at is not None or timer.due_at > now():
            return  # meanwhile it was put off or fired elsewhere
        timer.fired_at = now()
        # A transcript is settled after the end too: scoring waits for it.
        if interview is None or interview.withdrawn_at is not None:
            return
        if interview.finished_at is None or timer.kind == TRANSCRIPT:
            add_signal(session, interview_id, f"{timer.kind}:{timer.due_at.timestamp():.0f}", timer.kind)
