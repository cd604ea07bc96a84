"""The action listener: Rasa calls it on loopback, with a secret header, for every action of domain.yml."""

from __future__ import annotations

import hmac
import logging
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from rasa_sdk.executor import ActionExecutor

from dialogue.actions import consent, controls, interview
from dialogue.actions.base import Desk
from dialogue.rasa_client import ACTION_FAILED

SECRET_HEADER = "X-Action-Secret"

log = logging.getLogger("mianshi.actions")

ACTIONS = (
    consent.SetLanguage,
    consent.OpenNotice,
    consent.Acknowledge,
    consent.OpenBackground,
    consent.OpenFacts,
    consent.AskFact,
    consent.ValidateFacts,
    interview.OpenOpening,
    interview.OpenStructured,
    interview.OpenSituational,
    interview.OpenResume,
    interview.OpenOwnQuestions,
    interview.TakeAnswer,
    interview.Close,
    controls.Repeat,
    controls.Clarify,
    controls.TellTimeLeft,
    controls.TellProgress,
    controls.Pause,
    controls.Resume,
    controls.CallHuman,
    controls.NoteCompanyQuestion,
    controls.Withdraw,
    controls.TimeUp,
    controls.Extend,
)


def create_action_app(desk: Desk, secret: str) -> FastAPI:
    """`POST /webhook` for Rasa (403 without the secret), `GET /health` for everyone on this machine."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(desk))
    app = FastAPI(openapi_url=None)

    @app.post("/webhook")
    async def webhook(request: Request) -> Any:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, ""), secret):
            raise HTTPException(403)
        try:
            # rasa_sdk insists on a domain; Rasa sends none (endpoints.yml).
            result = await executor.run({"domain": {}, **await request.json()})
        except Exception as error:
            # Rasa would go on without the action's effect, and the turn would count as answered.
            log.error("an action failed with %s", type(error).__name__)
            return {"events": [], "responses": [{"custom": {ACTION_FAILED: True}}]}
        return result.model_dump() if result is not None else {}

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app
