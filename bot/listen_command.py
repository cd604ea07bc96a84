"""`mianshi listen`: what is heard in recordings, with no server running."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.terminal import one_clear_line, only_json, show
from core.content import Language
from core.settings import load_settings

if TYPE_CHECKING:  # seconds to import, and `mianshi --help` reads this file
    from scoring.listening import Heard, Listener


def listen_to(
    files: Iterable[Path], language: Language | None, load: Callable[[], Listener]
) -> Iterator[dict[str, Any]]:
    """Yield one document a file, in order; `error` says in one sentence why a file could not be heard."""
    from scoring.audio.decoding import decode
    from scoring.audio.refusals import RecordingRefused

    listener: Listener | None = None
    for file in files:
        try:
            samples = decode(file.read_bytes())
            listener = listener or load()  # takes seconds, so not before there is something to hear
            yield heard_document(file, listener.hear(samples, language=language))
        except (RecordingRefused, OSError) as refused:
            too_much = isinstance(refused, RecordingRefused) and refused.key in ("too_long", "too_large")
            sentence = str(refused) if isinstance(refused, RecordingRefused) else f"{file} cannot be read."
            yield refused_document(file, sentence, "too_long" if too_much else "unreadable")


def heard_document(file: Path, heard: Heard) -> dict[str, Any]:
    """What is printed about a recording that was heard."""
    return {"file": str(file), "error": None, **heard.to_json()}


def refused_document(file: Path, sentence: str, reason: str) -> dict[str, Any]:
    """What is printed about a file that is no recording."""
    nothing = ("snr_db", "clipping", "speech_ratio", "level_db")
    return {
        "file": str(file),
        "error": sentence,
        "transcript": "",
        "language": None,
        "words": [],
        "duration_s": None,
        "quality": {**dict.fromkeys(nothing), "verdict": "unusable", "reason": reason},
        "delivery": dict.fromkeys(("fluency", "prosody", "pace_wpm", "pause_ratio", "intelligibility")),
        "model": None,
    }


def listen(
    files: Annotated[list[Path] | None, typer.Argument(help="Recordings: OGG, WebM, M4A, WAV or MP3.")] = None,
    language: Annotated[str | None, typer.Option(help="zh or en; found out when left out.")] = None,
    batch: Annotated[Path | None, typer.Option(help="A list of files, one path a line.", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="Where the batch's results go, one JSON a line.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document a file and nothing else.")] = False,
) -> None:
    """Hear recordings: transcript, quality, delivery."""
    if bool(files) == (batch is not None) or (batch is None) != (out is None):
        raise typer.BadParameter("give files, or --batch and --out")
    if language not in (None, "zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--language")
    chosen: Language | None = "zh" if language == "zh" else "en" if language == "en" else None
    documents = listen_to(_paths(batch) if batch else files or [], chosen, _load)
    failed = count = 0
    if out is not None:
        with one_clear_line(), only_json(), out.open("w", encoding="utf-8") as lines:
            for document in documents:
                lines.write(json.dumps(document, ensure_ascii=False) + "\n")
                lines.flush()
                count, failed = count + 1, failed + (document["error"] is not None)
        show({"heard": count - failed, "refused": failed, "out": str(out)}, as_json)
        return
    heard: list[dict[str, Any]] = []
    with one_clear_line(), only_json():
        heard.extend(documents)
    for document in heard:
        if as_json:
            show(document, as_json)
        else:
            Console(highlight=False).print(_as_table(document))
    for document in heard:
        if document["error"]:
            typer.echo(f"mianshi: {document['file']}: {document['error']}", err=True)
    raise typer.Exit(1 if any(document["error"] for document in heard) else 0)


def _load() -> Listener:
    from scoring.listening import Listener

    return Listener.load(load_settings().models)


def _paths(batch: Path) -> Iterator[Path]:
    for line in batch.read_text(encoding="utf-8-sig").splitlines():
        if line.strip():
            yield Path(line.strip())


def _as_table(document: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name in ("file", "error", "transcript", "language", "duration_s", "quality", "delivery", "model"):
        value = document[name]
        if value is not None:
            table.add_row(f"[bold]{name}[/]", value if isinstance(value, str) else json.dumps(value))
    return table
