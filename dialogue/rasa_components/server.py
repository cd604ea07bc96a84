"""Starts Rasa with what the product asks of its server. Arguments are those of `rasa`; the token comes from RASA_TOKEN,
since a command line can be read by everybody on the machine.

Three things that Rasa 3.6.21, its last release, does anew in every turn are done once
(docs/decisions/0030-turn-latency.md).
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import rasa.__main__
import rasa.core.agent
import rasa.core.tracker_store
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool


def compile_answer_schema() -> None:
    """Check what an action answers against a schema compiled once. Rasa compiles it, and checks the schema itself
    against the schema of schemas, at every action: about 10 ms."""
    check_slowly = RemoteAction._validate_action_result
    schema = RemoteAction.action_response_format_spec()
    answer = validator_for(schema)(schema)

    def check(action: RemoteAction, result: dict[str, Any]) -> bool:
        # What is wrong with an answer, Rasa says itself.
        return answer.is_valid(result) or check_slowly(action, result)

    RemoteAction._validate_action_result = check


def keep_tracker_file_open() -> None:
    """Let connections to a tracker in SQLite live on. Rasa closes the last one after every look, and SQLite then
    copies its log back into the file, which waits for the disk."""
    arguments_for = rasa.core.tracker_store.create_engine_kwargs

    def arguments(url: Any) -> dict[str, Any]:
        if make_url(url).get_backend_name() != "sqlite":
            return arguments_for(url)
        return {"poolclass": QueuePool, "connect_args": {"check_same_thread": False}}

    rasa.core.tracker_store.create_engine_kwargs = arguments


def main() -> None:
    compile_answer_schema()
    keep_tracker_file_open()
    gc.collect()
    gc.freeze()  # a full collection that walks all that was imported holds a turn up
    sys.argv[1:] += ["--auth-token=" + os.environ["RASA_TOKEN"]]
    rasa.__main__.main()


if __name__ == "__main__":
    main()
