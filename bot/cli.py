"""`mianshi`: every command people type.

With `--json` exactly one JSON document goes to stdout and nothing else. Exit status: 0 good, 2 bad usage, 1 failed,
with one line on stderr that says why. Heavy imports wait inside the commands, so that `--help` is instant.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from bot.audit_command import audit_app
from bot.demo_command import demo_app
from bot.hrms_check_command import check as hrms_check
from bot.hrms_command import hrms_app
from bot.listen_command import listen
from bot.privacy.commands import backup, erase, restore, retention
from bot.terminal import fail, one_clear_line, only_json, show
from core.settings import Settings, load_settings

app = typer.Typer(
    help="Mianshi (面试): interviews candidates in chat, scores with evidence, suggests pay.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
token_app = typer.Typer(help="Bearer tokens for programs.", no_args_is_help=True)
app.add_typer(token_app, name="token")
position_app = typer.Typer(help="Positions: what people are interviewed for.", no_args_is_help=True)
app.add_typer(position_app, name="position")
competency_app = typer.Typer(help="What interviews can ask about.", no_args_is_help=True)
app.add_typer(competency_app, name="competency")
app.add_typer(hrms_app, name="hrms")
app.add_typer(audit_app, name="audit")
app.add_typer(demo_app, name="demo")
hrms_app.command("check")(hrms_check)
app.command()(listen)
for _command in (erase, retention, backup, restore):
    app.command()(_command)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
Domain = Annotated[str | None, typer.Option(help="The public name, for instance interviews.example.com; needs HTTPS.")]
TlsCert = Annotated[Path | None, typer.Option(help="Certificate chain, PEM.", exists=True, dir_okay=False)]
TlsKey = Annotated[Path | None, typer.Option(help="Private key, PEM.", exists=True, dir_okay=False)]
Host = Annotated[str | None, typer.Option(help="Address to listen on; HOST says the same.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; PORT says the same.", min=1, max=65535)]

CADDY = """\
No certificate was given, so Mianshi speaks plain HTTP on {host}:{port} and waits for a proxy with one.
With Caddy, which fetches and renews certificates by itself, this is the whole Caddyfile:

{domain} {{
    reverse_proxy {host}:{port}
}}
"""


def ready_settings() -> Settings:
    settings = load_settings()
    settings.require_secrets()
    return settings


def choose_door(domain: str | None, host: str | None, port: int | None, cert: Path | None, key: Path | None) -> None:
    """Write the choices into the environment, where this process and its children read their settings."""
    if (cert is None) != (key is None):
        raise typer.BadParameter("--tls-cert and --tls-key go together")
    if cert is not None and domain is None:
        raise typer.BadParameter("--domain says for which name the certificate is")
    if host is not None:
        os.environ["HOST"] = host
    if port is not None:
        os.environ["PORT"] = str(port)
    if domain is not None:
        listening = load_settings().web.port if port is None else port
        behind = "" if cert is None or listening == 443 else f":{listening}"
        os.environ["PUBLIC_URL"] = f"https://{domain}{behind}"
    load_settings.cache_clear()


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    domain: Domain = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
) -> None:
    """The app: web chat, console, HR records. `mianshi up` starts it together with worker and Rasa."""
    import uvicorn

    from bot.pulse import process_name

    choose_door(domain, host, port, tls_cert, tls_key)
    with one_clear_line():
        settings = ready_settings()
        process_name(settings, "app-1")
    web = settings.web
    if domain and tls_cert is None:
        typer.echo(CADDY.format(domain=domain, host=web.host, port=web.port), err=True)
    uvicorn.run(
        "bot.app:create_app",
        factory=True,
        host=web.host,
        port=web.port,
        ssl_certfile=tls_cert,
        ssl_keyfile=str(tls_key) if tls_key else None,
        access_log=False,  # addresses hold tokens; the app writes a log of its own without them
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


@app.command()
def worker() -> None:
    """The worker: scoring, reports, delivery, timers. `mianshi up` starts it together with app and Rasa."""
    from bot import worker as process

    with one_clear_line(hide_bugs=False):
        process.run(ready_settings())


@app.command()
def up(
    host: Host = None,
    port: Port = None,
    domain: Domain = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
) -> None:
    """Rasa, worker and app together, watched over: what `make run` does once everything is set up."""
    from bot.up import up as start

    choose_door(domain, host, port, tls_cert, tls_key)
    options = ["--domain", domain] if domain else []
    if tls_cert and tls_key:
        options += ["--tls-cert", str(tls_cert.resolve()), "--tls-key", str(tls_key.resolve())]
    with one_clear_line():
        start(load_settings(), Console(), options)


@app.command()
def setup(
    train: Annotated[bool, typer.Option(help="Train the dialogue model though it is current.")] = False,
) -> None:
    """Secrets, tables, demo data, models: whatever is missing."""
    from bot.setup import set_up

    with one_clear_line():
        set_up(Console(), train=train)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """What is installed and running, what is missing, and the command that mends it."""
    from dataclasses import asdict

    from bot.doctor import examine, print_findings

    findings = examine(load_settings())
    if as_json:
        show([asdict(finding) for finding in findings], as_json)
    else:
        print_findings(findings, Console())
    if any(finding.verdict == "fail" for finding in findings):
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Bring the database to the shape of this version."""
    from bot.setup import migrate_all
    from core.database import Database

    with one_clear_line():
        settings = load_settings()
        database = Database(settings.database.url)
        changed = migrate_all(settings, database)
        database.close()
    typer.echo("brought up to date" if changed else "up to date")


@token_app.command("create")
def token_create(
    role: Annotated[str, typer.Option(help="admin, recruiter, hr or provider.")],
    name: Annotated[str, typer.Option(help="What the token is for.")] = "program",
    as_json: AsJson = False,
) -> None:
    """Make a bearer token for a program; it is shown once."""
    from bot.accounts import create_api_token
    from bot.roles import TOKEN_ROLES
    from core.database import Database

    if role not in TOKEN_ROLES:
        raise typer.BadParameter(f"a role is one of {', '.join(TOKEN_ROLES)}", param_hint="--role")
    with one_clear_line():
        database = Database(ready_settings().database.url)
        token = create_api_token(database, role, name)
        database.close()
    show({"token": token}, as_json)


@audit_app.command("verify")
def audit_verify(
    noted: Annotated[
        str | None, typer.Option(help="The head of an earlier verification; it must be part of the chain.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow the chain of hashes through the whole audit log; exit status 1 at the first broken entry."""
    from bot.audit_chain import link_new_entries, verify_chain
    from core.database import Database

    with one_clear_line():
        database = Database(ready_settings().database.url)
        link_new_entries(database)
        found = verify_chain(database, noted)
        database.close()
    show(found.to_json(), as_json)
    if not found.ok:
        fail(f"the audit log was changed: {found.problem}; compare it with a backup")


@competency_app.command("check")
def competency_check(
    file: Annotated[Path, typer.Argument(help="A competency, YAML.", exists=True, dir_okay=False)],
    language: Annotated[str, typer.Option(help="Language of the findings: zh or en.")] = "zh",
    as_json: AsJson = False,
) -> None:
    """Say what is weak in a competency that you wrote; exit status 1 where something is."""
    from scoring.competency_check import check_competency

    if language not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    with one_clear_line(), only_json():
        checked = check_competency(file, "en" if language == "en" else "zh")
    if as_json:
        show(checked.to_json(), as_json)
    else:
        clean = "Nothing weak was found." if language == "en" else "没有发现问题。"
        for line in [f"{found.field}: {found.sentence}" for found in checked.findings] or [clean]:
            typer.echo(line)
    raise typer.Exit(1 if checked.findings else 0)


@competency_app.command("exposure")
def competency_exposure(
    key: Annotated[str, typer.Argument(help="Key of the competency, for instance resilience.")],
    as_json: AsJson = False,
) -> None:
    """How often each question was asked, and how the two parallel forms compare once both have 30 candidates."""
    from bot.exposure_command import exposure_document, exposure_lines

    with one_clear_line(), only_json():
        document = exposure_document(ready_settings(), key)
    if as_json:
        show(document, as_json)
    else:
        for line in exposure_lines(document):
            typer.echo(line)


@app.command()
def invite(
    position: Annotated[str, typer.Option(help="Key of the position, for instance sales.")],
    name: Annotated[str, typer.Option(help="The candidate's name.")],
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    phone: Annotated[str | None, typer.Option(help="Mainland number or E.164; phone or e-mail is needed.")] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address.")] = None,
    channel: Annotated[str | None, typer.Option(help="Where the candidate came from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Invite a candidate and print the interview's link."""
    import asyncio

    from bot.accounts import Account
    from bot.outreach.invitation import Invitation, InvitationRequest
    from bot.outreach.invitation import invite as send
    from bot.services import opened_services

    async def invited() -> Invitation:
        request = InvitationRequest(position, name, language, phone, email, channel)
        with opened_services(ready_settings()) as services:
            return send(services, request, Account(id="program:cli", name="command line", role="admin"))

    with one_clear_line():
        invitation = asyncio.run(invited())
    show({"id": invitation.id, "token": invitation.token, "url": invitation.url}, as_json)


@app.command()
def salary(
    family: Annotated[str, typer.Option(help="Position family, for instance sales.")],
    grade: Annotated[str, typer.Option(help="junior, mid or senior.")],
    band: Annotated[str | None, typer.Option(help="LOW-HIGH, thousands a month.")] = None,
    bands: Annotated[str | None, typer.Option(help="junior=LOW-HIGH,mid=LOW-HIGH,senior=LOW-HIGH.")] = None,
    match: Annotated[float | None, typer.Option(help="Job match, 0 to 100.")] = None,
    level: Annotated[str | None, typer.Option(help="Assessed level: junior, mid or senior.")] = None,
    premium: Annotated[list[str] | None, typer.Option(help="KEY=SCORE of a premium competency; repeatable.")] = None,
    prior_pay: Annotated[float | None, typer.Option(help="Prior pay, where the policy allows it.")] = None,
    market_median: Annotated[float | None, typer.Option(help="Median of the market.")] = None,
    policy: Annotated[str, typer.Option(help="Policy profile.")] = "strict",
    language: Annotated[str, typer.Option(help="Language of the reasons: zh or en.")] = "zh",
    as_json: AsJson = False,
) -> None:
    """Suggest pay, with every reason."""
    from hr_bridge.pay.band import BandMissing, PayInputInvalid
    from hr_bridge.policy import PolicyUnknown
    from hr_bridge.salary import salary_command

    if language not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    with one_clear_line():
        try:
            document = salary_command(
                family=family,
                grade=grade,
                band=band,
                bands=bands,
                match=match,
                level=level,
                premium=premium or (),
                prior_pay=prior_pay,
                market_median=market_median,
                policy=policy,
                language="en" if language == "en" else "zh",
            )
        except (BandMissing, PayInputInvalid, PolicyUnknown) as unusable:
            raise typer.BadParameter(str(unusable)) from None
    show(document, as_json)


@app.command()
def resume(
    file: Annotated[Path, typer.Argument(help="PDF, DOCX or TXT, at most 10 MB.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Read a résumé: education, work, skills, certificates."""
    from hr_bridge.resume.reader import resume_command

    with one_clear_line(), only_json():
        document = resume_command(file)
    show(document, as_json)


@app.command()
def score(
    competency: Annotated[str | None, typer.Option(help="Key of the competency.")] = None,
    question: Annotated[str | None, typer.Option(help="The question that was asked.")] = None,
    answer_file: Annotated[Path | None, typer.Option(help="The answer, UTF-8.", exists=True, dir_okay=False)] = None,
    language: Annotated[str | None, typer.Option(help="zh or en; guessed when left out.")] = None,
    batch: Annotated[Path | None, typer.Option(help="Many answers, one JSON object a line.", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="Where the batch's results go.", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Score an answer on the BARS scale, with verbatim evidence."""
    from scoring.score import COMPETENCIES

    if batch is not None:
        if out is None or competency or question or answer_file:
            raise typer.BadParameter("--batch goes with --out and nothing else")
        with one_clear_line(), only_json():
            from scoring.assess import AnswerScorer
            from scoring.batch import score_batch

            report = score_batch(AnswerScorer.load(load_settings().models), batch, out)
        for sentence in report.broken:
            typer.echo(f"mianshi: {sentence}", err=True)
        show({"scored": report.scored, "unscored": report.unscored, "out": str(out)}, as_json)
        raise typer.Exit(report.exit_code)
    if not (competency and question and answer_file):
        raise typer.BadParameter("give --competency, --question and --answer-file, or --batch and --out")
    if language not in (None, "zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    if competency not in COMPETENCIES:
        raise typer.BadParameter(f"one of {', '.join(COMPETENCIES)}", param_hint="--competency")
    with one_clear_line(), only_json():
        from scoring.assess import AnswerScorer
        from scoring.batch import score_file

        chosen: Literal["zh", "en"] | None = "zh" if language == "zh" else "en" if language == "en" else None
        scorer = AnswerScorer.load(load_settings().models)
        document = score_file(scorer, competency, question, answer_file, chosen).to_json()
    show(document, as_json)


@app.command()
def rescore(
    position: Annotated[str | None, typer.Option(help="Key of the position; all of them when left out.")] = None,
    interview: Annotated[str | None, typer.Option(help="Id of one interview.")] = None,
    weights: Annotated[
        int | None, typer.Option(help="Version of the position whose weights count; the newest when left out.", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score stored interviews again, under the present scorer and weights. Old scores are kept."""
    with one_clear_line(), only_json():
        from bot.rescore_command import as_document, as_table, rescore_stored

        changes = rescore_stored(ready_settings(), position, interview, weights)
    if as_json:
        show(as_document(changes), as_json)
    else:
        Console().print(as_table(changes))
    if failed := sum(change.after is None for change in changes):
        fail(f"{failed} of {len(changes)} interviews keep their old report; the table says why")


@app.command()
def report(
    interview: Annotated[str, typer.Argument(help="Id of the interview.")],
    pdf: Annotated[Path | None, typer.Option(help="Write the report there as PDF.", dir_okay=False)] = None,
    version: Annotated[int | None, typer.Option(help="An older version; else the newest.", min=1)] = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    as_json: AsJson = False,
) -> None:
    """A report in sentences, with its figures and its evidence."""
    if language not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    with one_clear_line(), only_json():
        from bot.report_command import read_stored

        document = read_stored(ready_settings(), interview, "en" if language == "en" else "zh", version, pdf)
    if as_json:
        show(document.model_dump(mode="json"), as_json)
    else:
        Console(highlight=False).print(document.text(), markup=False)


@app.command()
def understand(
    text: Annotated[str | None, typer.Argument(help="What the candidate wrote.")] = None,
    batch: Annotated[Path | None, typer.Option(help="TSV with the text in the last column.", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="Where the batch's results go, one JSON a line.")] = None,
    as_json: AsJson = False,
) -> None:
    """How the bot would take a text while a question is open: answer, command or ask."""
    if (text is None) == (batch is None) or (batch is None) != (out is None):
        raise typer.BadParameter("give a text, or --batch and --out")
    with one_clear_line(), only_json():
        from bot.understand_command import understand_batch, understand_text

        if batch is not None and out is not None:
            document: dict[str, Any] = {"understood": understand_batch(ready_settings(), batch, out), "out": str(out)}
        else:
            document = understand_text(ready_settings(), text or "")
    show(document, as_json)


@position_app.command("add")
def add_a_position(
    file: Annotated[Path, typer.Argument(help="A position in YAML, like those in hr_bridge/positions.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Take a position in, or a new version of one. A plan that is unfair or too long is refused with its reason."""
    from bot.positions import add_position
    from core.database import Database

    with one_clear_line(), only_json():
        database = Database(ready_settings().database.url)
        position = add_position(database, file)
        database.close()
    show({"key": position.key, "version": position.version}, as_json)


@app.command()
def talk(
    position: Annotated[str, typer.Option(help="Key of the position.")] = "sales",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """An interview in the terminal, through the real dialogue."""
    from bot.talk import talk as converse

    with one_clear_line():
        converse(ready_settings(), position=position, language=language)
