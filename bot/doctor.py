"""`mianshi doctor`: looks at everything the product needs and names the command that mends what is wrong.

It reads and asks; it changes nothing. `fail` means that Mianshi cannot work like this, `warn` that somebody should
know. Every check answers for itself, so one broken thing does not hide the others.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
from rich.console import Console
from sqlalchemy import func, inspect
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from bot import dialogue_model, migrations, secrets_file
from bot.rasa_process import RunningRasa, answers
from bot.setup import ENCODER
from bot.up import LOOPBACK, ports, require_free, runs_rasa_here
from core.clock import now
from core.database import Database, open_engine
from core.errors import MianshiError
from core.outgoing import hosts_named, judged_addresses
from core.settings import ENV_FILE, ROOT, Settings
from core.tables import Candidate, Interview, Report

Verdict = Literal["ok", "warn", "fail"]
MARKS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]"}
LEAST_DISK_BYTES = 1_000_000_000
COMFORTABLE_DISK_BYTES = 5_000_000_000
REPORT_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination; `remedy` is what to type or do, None where there is nothing to mend."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str | None = None


def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which they are best mended. Never raises."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _environments,
        _secrets,
        _models,
        _recogniser,
        _language_model,
        _speech,
        _databases,
        _reports,
        _redis,
        _processes,
        _https,
        _telegram,
        _odoo,
        _letters,
        _webhook,
        _callbacks,
        _exchange_folder,
        _exchange_server,
        _policies,
        _disk,
    )
    return [finding for check in checks for finding in _guarded(check, settings)]


def print_findings(findings: list[Finding], console: Console) -> None:
    for finding in findings:
        remedy = f" → {finding.remedy}" if finding.remedy else ""
        line = f"{MARKS[finding.verdict]} {finding.name}: {finding.detail}{remedy}"
        console.print(line, highlight=False, soft_wrap=True)


def _guarded(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    try:
        return list(check(settings))
    except Exception as error:  # an examination that dies tells nothing
        name = check.__name__.lstrip("_")
        return [Finding(name, "fail", f"could not be examined: {type(error).__name__}: {error}", "make setup")]


def _environments(settings: Settings) -> Iterator[Finding]:
    wanted = {
        ".venv": (("3.11", "3.12"), ["requirements.lock"]),
        ".venv-rasa": (("3.10",), ["requirements-rasa.lock"]),
    }
    for folder, (versions, locks) in wanted.items():
        python = _python_of(ROOT / folder)
        if python is None:
            yield Finding(folder, "fail", "is missing", "make setup")
            continue
        right = any(python.startswith(f"{version}.") for version in versions)
        detail = f"Python {python}" + ("" if right else f", wanted {' or '.join(versions)}")
        yield Finding(
            f"{folder} Python", "ok" if right else "fail", detail, None if right else f"rm -r {folder}; make setup"
        )
        different = differences(ROOT / folder, [ROOT / lock for lock in locks])
        if different:
            shown = ", ".join(different[:3]) + (f" and {len(different) - 3} more" if len(different) > 3 else "")
            yield Finding(
                f"{folder} packages", "fail", f"differ from {locks[0]}: {shown}", f"rm -r {folder}; make setup"
            )
        else:
            yield Finding(f"{folder} packages", "ok", f"as in {locks[0]}")


def _python_of(environment: Path) -> str | None:
    note = environment / "pyvenv.cfg"
    found = re.search(r"^version\s*=\s*(\S+)", note.read_text(), re.MULTILINE) if note.exists() else None
    return found.group(1) if found else None


def differences(environment: Path, locks: list[Path]) -> list[str]:
    """Packages of the locks that are missing in the environment or there in another version."""
    folders = [str(folder) for folder in environment.glob("lib/python3.*/site-packages")]
    there = {_canonical(one.name): one.version for one in importlib.metadata.distributions(path=folders)}
    locked = [line.split("==") for lock in locks for line in lock.read_text().splitlines() if "==" in line]
    return [name for name, version in locked if there.get(_canonical(name), "").partition("+")[0] != version]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _secrets(settings: Settings) -> Iterator[Finding]:
    missing = secrets_file.missing_secrets()
    if missing:
        yield Finding("secrets", "fail", f"{', '.join(missing)} not set", "make setup")
    else:
        yield Finding("secrets", "ok", "all set")
    if ENV_FILE.exists():
        if secrets_file.is_private():
            yield Finding(".env", "ok", "readable by its owner alone")
        else:
            yield Finding(".env", "fail", "others on this machine can read it", "chmod 600 .env")


def _models(settings: Settings) -> Iterator[Finding]:
    from scoring.engines.packaged_e5 import is_prepared

    if not dialogue_model.MODEL.exists():
        yield Finding("dialogue model", "fail", "is missing", "make setup")
    elif not dialogue_model.is_current():
        yield Finding("dialogue model", "warn", "is older than what it is made from", "make setup")
    else:
        yield Finding("dialogue model", "ok", "current")
    if settings.models.encoder:
        yield Finding("sentence encoder", "ok", f"{settings.models.encoder}, named by ENCODER")
    elif is_prepared(ENCODER):
        yield Finding("sentence encoder", "ok", "the packaged one, prepared")
    else:
        yield Finding("sentence encoder", "fail", "is not prepared", "make setup")


def _recogniser(settings: Settings) -> Iterator[Finding]:
    from scoring.engines.packaged_whisper import is_prepared
    from scoring.engines.speech_recogniser import WHISPER, RecogniserMissing, find_recogniser

    if not settings.voice.enabled:
        yield Finding("speech recogniser", "ok", "none needed, VOICE is off")
        return
    chosen = settings.models.recogniser, settings.models.recogniser_zh
    try:
        for name, place in zip(("RECOGNISER", "RECOGNISER_ZH"), chosen, strict=True):
            if place:
                source = find_recogniser(settings.models, "zh" if name == "RECOGNISER_ZH" else None)
                yield Finding("speech recogniser", "ok", f"{source.name}, named by {name}")
    except RecogniserMissing as missing:
        yield Finding("speech recogniser", "fail", str(missing), "correct it in .env")
    # The packaged one is needed beside another: delivery is scored from what its encoder hears.
    if is_prepared(WHISPER):
        yield Finding("packaged recogniser", "ok", "prepared")
    else:
        yield Finding("packaged recogniser", "fail", "is not prepared", "make setup")


def _language_model(settings: Settings) -> Iterator[Finding]:
    from hr_bridge.policy import load_policy, policy_names
    from scoring.llm_permission import obstacle

    chosen = settings.language_model
    if not chosen.model:
        yield Finding("language model", "ok", "none set up, none needed")
        return
    endpoint = urlsplit(chosen.base_url).hostname
    off = [name for name in policy_names() if obstacle(chosen, load_policy(name)) is not None]
    if off:
        detail = f"{endpoint} is outside the house and no legal basis is recorded; it stays off under {', '.join(off)}"
        yield Finding("language model", "warn", detail, "set LLM_LEGAL_BASIS in .env (docs/llm.md)")
    else:
        yield Finding("language model", "ok", f"{chosen.model} at {endpoint}, for positions that turn it on")


def _speech(settings: Settings) -> Iterator[Finding]:
    chosen = settings.speech
    voices = {"zh": chosen.voice_zh, "en": chosen.voice_en}
    if not chosen.model:
        yield Finding("questions read aloud", "ok", "off")
    elif not any(voices.values()):
        remedy = "set SPEECH_VOICE_ZH or SPEECH_VOICE_EN in .env (docs/voice.md)"
        yield Finding("questions read aloud", "warn", "a model is named and no voice", remedy)
    else:
        named = ", ".join(f"{language} by {voice}" for language, voice in voices.items() if voice)
        yield Finding("questions read aloud", "ok", f"{named}, at {urlsplit(chosen.base_url).hostname}")


def _databases(settings: Settings) -> Iterator[Finding]:
    ours, durable = settings.database.url, settings.database.dbos_url
    for name, url in (("database", ours), ("durable workflows", durable)):
        file = url.removeprefix("sqlite:///")
        if url.startswith("sqlite") and not Path(file).exists():
            yield Finding(name, "fail", "has not been made yet", "make setup")
            continue
        engine = open_engine(url)
        try:
            if name == "database":
                at, wanted = migrations.current_revision(engine), migrations.newest_revision()
                if at != wanted:
                    yield Finding(name, "fail", f"is at {at or 'nothing'}, this version needs {wanted}", "make setup")
                else:
                    yield Finding(name, "ok", f"{engine.dialect.name}, at {at}")
            elif _has_workflow_tables(
                engine.dialect.name, inspect(engine).get_schema_names(), inspect(engine).get_table_names()
            ):
                yield Finding(name, "ok", f"{engine.dialect.name}, tables there")
            else:
                yield Finding(name, "fail", "the tables of DBOS are missing", "make setup")
        except DBAPIError as error:
            reason = " ".join(str(error.orig).split())
            yield Finding(name, "fail", f"does not answer: {reason}", "start it, or correct its address in .env")
        finally:
            engine.dispose()
    if not ours.startswith("sqlite") and durable.startswith("sqlite"):
        yield Finding(
            "durable workflows",
            "warn",
            "are kept in a file of this machine while the database is a server",
            "set DBOS_DATABASE_URL in .env (docs/deploy.md)",
        )


def _reports(settings: Settings) -> Iterator[Finding]:
    file = settings.database.url.removeprefix("sqlite:///")
    if settings.database.url.startswith("sqlite") and not Path(file).exists():
        return
    late = (
        select(func.count())
        .select_from(Interview)
        .join(Candidate, col(Candidate.id) == Interview.candidate_id)
        .where(
            col(Interview.finished_at) < now() - REPORT_WITHIN,
            col(Interview.withdrawn_at).is_(None),
            col(Candidate.wrapped_key).is_not(None),
            col(Interview.id).not_in(select(Report.interview_id)),
        )
    )
    database = Database(settings.database.url)
    try:
        with database.reading() as session:
            count = session.exec(late).one()
    except (MianshiError, DBAPIError):
        return  # the finding about the database says why
    finally:
        database.close()
    if count:
        detail = f"{count} finished interview{'s' if count > 1 else ''} without a report for over 10 minutes"
        remedy = f"start the worker, and read {settings.data_dir / 'log' / 'worker-1.log'}: it says why each failed"
        yield Finding("reports", "warn", detail, remedy)
    else:
        yield Finding("reports", "ok", "every interview that ended over 10 minutes ago has its report")


def _has_workflow_tables(dialect: str, schemas: list[str], tables: list[str]) -> bool:
    return "workflow_status" in tables if dialect == "sqlite" else "dbos" in schemas


def _redis(settings: Settings) -> Iterator[Finding]:
    if settings.database.redis_url is None:
        return
    import redis

    try:
        redis.Redis.from_url(settings.database.redis_url, socket_timeout=2, socket_connect_timeout=2).ping()
    except redis.RedisError as error:
        detail = f"does not answer ({type(error).__name__}); replies arrive within a second instead of at once"
        yield Finding("Redis", "warn", detail, "start it, or correct REDIS_URL in .env")
    else:
        yield Finding("Redis", "ok", "answers")


def _processes(settings: Settings) -> Iterator[Finding]:
    dialogue = settings.dialogue
    app_runs = _answers(f"http://127.0.0.1:{settings.web.port}/health") or _answers(f"{settings.web.base_url}/health")
    rasa_runs = answers(RunningRasa(dialogue.rasa_url, dialogue.rasa_token.get_secret_value()))
    for name, runs in (("app", app_runs), ("Rasa", rasa_runs)):
        yield Finding(
            name, "ok" if runs else "warn", "answers" if runs else "is not running", None if runs else "make run"
        )
    if app_runs or (rasa_runs and runs_rasa_here(settings)):
        return
    for variable, host, port in ports(settings):
        try:
            require_free(variable, host, port)
        except MianshiError:
            detail = f"port {port} is taken by another program"
            yield Finding(variable, "fail", detail, f"stop that program, or set {variable} in .env")
        else:
            yield Finding(variable, "ok", f"port {port} is free")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, verify=False).status_code in (200, 503)
    except httpx.HTTPError:
        return False


def _https(settings: Settings) -> Iterator[Finding]:
    web = settings.web
    exposed = web.host not in LOOPBACK or urlsplit(web.base_url).hostname not in LOOPBACK
    if web.secure:
        yield Finding("HTTPS", "ok", web.base_url)
    elif exposed:
        yield Finding(
            "HTTPS",
            "warn",
            f"{web.base_url}: without HTTPS a phone on the LAN has no microphone, and cookies travel in clear",
            "mianshi up --domain NAME --tls-cert FILE --tls-key FILE, or a proxy (docs/deploy.md)",
        )
    else:
        yield Finding(
            "HTTPS", "ok", "not needed on this machine alone; without HTTPS a phone on the LAN has no microphone"
        )


def _telegram(settings: Settings) -> Iterator[Finding]:
    telegram = settings.telegram
    if not telegram.is_on:
        yield Finding("Telegram", "ok", "no bot set up, none needed")
        return
    try:
        _ = telegram.bot_id
    except MianshiError as error:
        yield Finding("Telegram", "fail", str(error), "correct TELEGRAM_BOT_TOKEN in .env")
        return
    where = urlsplit(telegram.api_base).hostname
    try:
        # The address holds the token: of a failure nothing but its kind may be shown.
        answer = httpx.get(f"{telegram.api_base.rstrip('/')}/bot{telegram.token.get_secret_value()}/getMe", timeout=5)
    except httpx.HTTPError as error:
        detail = f"{where} does not answer ({type(error).__name__}); the web chat works without it"
        yield Finding(
            "Telegram", "warn", detail, "check the way out, or set TELEGRAM_API_BASE in .env (docs/telegram.md)"
        )
        return
    if answer.status_code in (401, 404):
        detail = f"{where} does not know the bot (status {answer.status_code})"
        yield Finding("Telegram", "fail", detail, "copy the token from @BotFather to TELEGRAM_BOT_TOKEN in .env")
        return
    try:
        name = answer.json()["result"]["username"]
    except (ValueError, KeyError, TypeError):
        detail = (
            f"{where} answers with status {answer.status_code}, not as Telegram does; the web chat works without it"
        )
        remedy = "look for a proxy in between, or correct TELEGRAM_API_BASE in .env (docs/telegram.md)"
        yield Finding("Telegram", "warn", detail, remedy)
        return
    way = "by the webhook" if telegram.webhook_url else "asking for updates"
    yield Finding("Telegram", "ok", f"@{name} answers, {way}")


def _odoo(settings: Settings) -> Iterator[Finding]:
    from hr_bridge.connectors.odoo.mapping import load_mapping

    odoo = settings.odoo
    if not odoo.url:
        yield Finding("Odoo", "ok", "none set up, none needed")
        return
    if not odoo.key.get_secret_value():
        yield Finding(
            "Odoo", "fail", "ODOO_KEY is not set", "make an API key in Odoo and set it in .env (docs/odoo.md)"
        )
        return
    try:
        mapping = load_mapping(odoo.mapping)
    except MianshiError as error:
        yield Finding("Odoo", "fail", str(error), "correct the file (docs/odoo.md)")
        return
    if _answers(f"{odoo.url.rstrip('/')}/web/version"):
        jobs = f"answers; positions mapped: {len(mapping.jobs)}; `mianshi hrms check` looks at fields and rights"
        yield Finding("Odoo", "ok" if mapping.jobs else "warn", jobs, None if mapping.jobs else "mianshi hrms check")
    else:
        detail = f"{urlsplit(odoo.url).hostname} does not answer; results wait until it does"
        yield Finding("Odoo", "warn", detail, "start it, or correct ODOO_URL in .env")


def _letters(settings: Settings) -> Iterator[Finding]:
    from bot.outreach.check import check_mail, check_returned_mail, check_sms

    for name, problem, remedy in (check_mail(settings), check_returned_mail(settings), check_sms(settings)):
        yield Finding(name, "warn" if remedy else "ok", problem, remedy)


def _webhook(settings: Settings) -> Iterator[Finding]:
    from hr_bridge.connectors.set_up import webhook_reach
    from hr_bridge.connectors.webhook.signed import read_secrets

    webhook = settings.webhook
    if not webhook.url:
        yield Finding("webhook", "ok", "none set up, none needed")
        return
    remedy = "correct it in .env (docs/webhook.md)"
    try:
        read_secrets(webhook.secret.get_secret_value(), "WEBHOOK_SECRET")
    except MianshiError as error:
        yield Finding("webhook", "fail", str(error), "set it in .env")
        return
    try:
        url = webhook_reach(settings).check(webhook.url)
        asyncio.run(judged_addresses(webhook_reach(settings), url))
    except MianshiError as error:
        yield Finding("webhook", "fail", f"WEBHOOK_URL cannot be used: {error}", remedy)
    except OSError:
        detail = "the host of WEBHOOK_URL is not known here; results wait for it and are tried again"
        yield Finding("webhook", "warn", detail, "check the name server, or correct WEBHOOK_URL in .env")
    else:
        yield Finding("webhook", "ok", f"{url.host} may be called, signed with WEBHOOK_SECRET")


def _callbacks(settings: Settings) -> Iterator[Finding]:
    from hr_bridge.connectors.webhook.signed import read_secrets

    hosts = settings.provider.callback_hosts
    if not hosts:
        yield Finding("callbacks", "ok", "no host may be called back, none needed")
        return
    try:
        read_secrets(settings.provider.callback_secret.get_secret_value(), "PROVIDER_CALLBACK_SECRET")
    except MianshiError as error:
        yield Finding("callbacks", "fail", str(error), "set it in .env")
    else:
        yield Finding("callbacks", "ok", f"{', '.join(sorted(hosts_named(hosts)))} may be called back")


def _exchange_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.exchange.folder
    if folder is None:
        return
    missing = [name for name, right in (("read", os.R_OK), ("written to", os.W_OK)) if not os.access(folder, right)]
    if not folder.is_dir():
        detail = f"{folder} is not there; results wait, and no file is taken in"
        yield Finding("exchange folder", "fail", detail, "mount it, or correct HRMS_FOLDER in .env (docs/files.md)")
    elif missing:
        detail = f"{folder} cannot be {' or '.join(missing)} by this user"
        yield Finding("exchange folder", "fail", detail, f"give this user the right to read and write {folder}")
    else:
        refused = sum(1 for path in (folder / "in" / "refused").glob("*.report.csv"))
        detail = f"{folder} can be read and written"
        if refused:
            detail += "; 1 file was refused" if refused == 1 else f"; {refused} files were refused"
        remedy = f"read the reports in {folder / 'in' / 'refused'}, then delete them" if refused else None
        yield Finding("exchange folder", "warn" if refused else "ok", detail, remedy)


def _exchange_server(settings: Settings) -> Iterator[Finding]:
    from hr_bridge.connectors.base import HrmsUnavailable
    from hr_bridge.connectors.files.carrier import Carrier, CarrierSettingsWrong, read_server

    try:
        server = read_server(settings.exchange)
        if server is not None and settings.exchange.folder is not None:
            asyncio.run(Carrier(settings.exchange.folder, server).look())
            yield Finding("SFTP", "ok", f"{server.host} lets us in; {server.path} can be read")
    except (CarrierSettingsWrong, HrmsUnavailable) as error:
        yield Finding("SFTP", "fail", str(error), "correct HRMS_SFTP in .env (docs/files.md)")


def _policies(settings: Settings) -> Iterator[Finding]:
    from hr_bridge.policy import load_policy, policy_names, stale_rules

    today: date = now().date()
    for name in policy_names():
        stale = stale_rules(load_policy(name), today)
        if stale:
            detail = f"not checked for 180 days: {', '.join(stale)}"
            yield Finding(f"policy {name}", "warn", detail, "have a lawyer check them, then set checked_on in the file")
        else:
            yield Finding(f"policy {name}", "ok", "every rule was checked within 180 days")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir if settings.data_dir.exists() else ROOT
    free = shutil.disk_usage(folder).free
    verdict: Verdict = "fail" if free < LEAST_DISK_BYTES else "warn" if free < COMFORTABLE_DISK_BYTES else "ok"
    remedy = None if verdict == "ok" else f"make room on the disk of {folder}"
    yield Finding("disk", verdict, f"{free / 1e9:.0f} GB free", remedy)
