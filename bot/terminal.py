"""How commands speak: what goes wrong as one clear line on stderr, what comes out as one JSON document or a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from core.errors import MianshiError


@contextmanager
def one_clear_line(*, hide_bugs: bool = True) -> Iterator[None]:
    """Turn what goes wrong into one sentence on stderr and exit status 1. The processes that the supervisor starts
    show a bug with its traceback, which ends in their log."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (MianshiError, OSError) as failure:
        fail(str(failure))
    except DBAPIError as failure:
        reason = " ".join(str(failure.orig).split())
        fail(f"the database refused: {reason}; `mianshi doctor` tells what is wrong")
    except Exception as bug:
        if not hide_bugs or isinstance(bug, (typer.Exit, typer.BadParameter)):
            raise
        fail(f"this should not have happened ({type(bug).__name__}: {bug}); `mianshi doctor` may tell why")


def fail(sentence: str) -> None:
    typer.echo(f"mianshi: {sentence}", err=True)
    raise typer.Exit(1)


@contextmanager
def only_json() -> Iterator[None]:
    """Whatever a library prints meanwhile goes to stderr."""
    with redirect_stdout(sys.stderr):
        yield


def show(document: Any, as_json: bool) -> None:
    """One JSON document, or the same as a small table."""
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    console = Console()
    if not isinstance(document, dict):
        console.print_json(json.dumps(document, ensure_ascii=False))
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in document.items():
        lines = value if isinstance(value, list) and all(isinstance(line, str) for line in value) else None
        text = "\n".join(lines) if lines else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        table.add_row(f"[bold]{name}[/]", text)
    console.print(table)
