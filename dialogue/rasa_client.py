"""The one file that calls Rasa, and the only one that builds `/intent` messages: from an allow-list and our own ids.

A candidate's words reach Rasa through `parse` alone, which is stateless there; a leading slash is taken off before
(dialogue/understanding.py), since Rasa would obey it.
"""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

import httpx

from core.errors import RasaUnavailable

Intent = Literal[
    "begin", "switch_language", "acknowledge", "answer", "repeat", "clarify", "skip", "time_left", "progress", "pause", "resume",
    "withdraw", "human", "company_question", "help", "affirm", "deny", "time_up", "extend",
]  # fmt: skip
INTENTS: frozenset[str] = frozenset(get_args(Intent))
ACTION_FAILED = "action_failed"
"""The mark that the action listener leaves among the replies, since Rasa passes over an action's failure."""
TURN_TIMEOUT_S = 20.0
PARSE_TIMEOUT_S = 5.0


class RasaClient:
    """Talks to one Rasa server. Every failure to get an answer is RasaUnavailable."""

    def __init__(self, url: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(base_url=url, params={"token": token}, transport=transport, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def ready(self) -> bool:
        """True when the server answers and has a model loaded."""
        try:
            status = await self._call("GET", "/status", PARSE_TIMEOUT_S)
        except RasaUnavailable:
            return False
        return bool(status.get("model_file"))

    async def parse(self, text: str) -> dict[str, Any]:
        """Rasa's NLU of a text: {"intent": {"name", "confidence"}, "intent_ranking": […]}. Leaves no trace there."""
        parsed: dict[str, Any] = await self._call("POST", "/model/parse", PARSE_TIMEOUT_S, json={"text": text})
        return parsed

    async def say(self, conversation: str, intent: Intent, turn_id: str, **ids: str) -> list[dict[str, Any]]:
        """One turn of the dialogue: Rasa's replies, in order. `ids` become entities and must be our own.

        RasaUnavailable also when an action failed on the way: half a turn is no turn.
        """
        if intent not in INTENTS:
            raise ValueError(f"{intent} is not an intent of ours")
        message = f"/{intent}" + (json.dumps(ids) if ids else "")
        body = {"sender": conversation, "message": message, "metadata": {"turn_id": turn_id}}
        replies: list[dict[str, Any]] = await self._call("POST", "/webhooks/rest/webhook", TURN_TIMEOUT_S, json=body)
        if any(ACTION_FAILED in (reply.get("custom") or {}) for reply in replies):
            raise RasaUnavailable("an action failed; the turn is said again")
        return replies

    async def forget_turn(self, conversation: str, turn_id: str) -> None:
        """Take back what an interrupted attempt at this turn left in the tracker, so that it can be said again.

        An action that was cut off leaves its user event behind without its effect; reading the replies from there
        would hand out half a turn. Actions are idempotent, so going back and saying it once more is always right.
        """
        tracker = await self._call(
            "GET", f"/conversations/{conversation}/tracker", TURN_TIMEOUT_S, params={"include_events": "AFTER_RESTART"}
        )
        said = [event for event in tracker.get("events", []) if event["event"] in ("user", "rewind")]
        if said and said[-1].get("metadata", {}).get("turn_id") == turn_id:
            # A rewind also takes back the listening before the message, without which no rule would apply.
            events = [{"event": "rewind"}, {"event": "action", "name": "action_listen"}]
            await self._call("POST", f"/conversations/{conversation}/tracker/events", TURN_TIMEOUT_S, json=events)

    async def _call(self, method: str, path: str, timeout_s: float, **request: Any) -> Any:
        params = {**dict(self._http.params), **request.pop("params", {})}
        try:
            response = await self._http.request(method, path, timeout=timeout_s, params=params, **request)
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            # The exception's own text may quote the request; its type says enough.
            raise RasaUnavailable(f"Rasa did not answer {path.split('?')[0]} ({type(error).__name__})") from None
