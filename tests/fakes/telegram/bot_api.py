"""A Telegram Bot API over HTTP for tests. What it takes and gives is judged by aiogram's types, which are generated
from Telegram's own documentation: we do not mark our own homework. Unknown parameters are refused.

usage: python -m tests.fakes.telegram.bot_api PORT

Every token is a bot of its own, so one process serves a whole test run (importing the types takes seconds of CPU).
`/control/<token>/…` is the tester's side: what people do in their chats, what goes wrong, what the bot called.
Not covered: media groups, what getWebhookInfo says, redelivery by itself after a failed webhook.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiogram.methods
import aiogram.types
import httpx
import pydantic
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

Json = dict[str, Any]
DOWNLOAD_LIMIT, TEXT_UNITS, BUTTON_BYTES = 20_000_000, 4096, 64
METHODS = {
    name.lower(): cls
    for name, cls in vars(aiogram.methods).items()
    if inspect.isclass(cls)
    and issubclass(cls, aiogram.methods.TelegramMethod)
    and cls is not aiogram.methods.TelegramMethod
}


@dataclass
class Bot:
    """One bot as Telegram's servers remember it."""

    me: Json
    updates: list[Json] = field(default_factory=list)
    messages: dict[int, Json] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    callback_queries: dict[str, str | None] = field(default_factory=dict)
    """Open ones with None, answered ones with what the person saw."""
    blocked: set[int] = field(default_factory=set)
    calls: list[Json] = field(default_factory=list)
    failures: list[Json] = field(default_factory=list)
    """{"method", "chat"?, "code", "description", "parameters"?, "done"?}: used once each, the first that fits. With
    `done` the call takes effect and the answer never comes in time."""
    webhook: tuple[str, str | None] | None = None
    allowed: list[str] = field(default_factory=list)
    poll: int = 0
    update_ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1000))
    message_ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))


class TelegramError(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class Bots(defaultdict[str, Bot]):
    def __missing__(self, token: str) -> Bot:
        number = int(token.partition(":")[0])
        bot = Bot({"id": number, "is_bot": True, "first_name": "Mianshi", "username": f"mianshi_{number}_bot"})
        self[token] = bot
        return bot


app = FastAPI()
bots = Bots()


@app.exception_handler(TelegramError)
async def as_telegram_answers(request: Request, error: TelegramError) -> JSONResponse:
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return JSONResponse(body, error.code)  # the HTTP status always equals error_code


@app.get("/file/bot{token}/{path:path}")
async def download(token: str, path: str) -> Response:
    if path not in bots[token].files:
        raise TelegramError(404, "Not Found")
    return Response(bots[token].files[path])


@app.api_route("/bot{token}/{method}", methods=["GET", "POST"])
async def call(token: str, method: str, request: Request) -> Json:
    if token.endswith(":REVOKED"):
        raise TelegramError(401, "Unauthorized")
    bot, cls = bots[token], METHODS.get(method.lower())
    if cls is None:
        raise TelegramError(404, "Not Found")
    params, files = await _parameters(request)
    try:
        cls.model_validate({**params, **{name: "attach://x" for name in files if name in cls.model_fields}})
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        raise TelegramError(400, f"Bad Request: {first['loc']} {first['msg']}") from error
    if unknown := set(params) - set(cls.model_fields):
        raise TelegramError(400, f"Bad Request: unknown parameters {sorted(unknown)} (the fake is strict)")
    name = cls.__api_method__
    bot.calls.append({"method": name, "params": params, "at": time.time()})
    chat = int(params.get("chat_id") or 0)
    failure = next((f for f in bot.failures if f["method"] == name and f.get("chat", chat) == chat), None)
    if failure is not None:
        bot.failures.remove(failure)
        if failure.get("done"):
            await _answer(bot, name, cls, params, files)
            await asyncio.sleep(failure["done"])
        raise TelegramError(failure["code"], failure["description"], **failure.get("parameters", {}))
    return {"ok": True, "result": await _answer(bot, name, cls, params, files)}


async def _parameters(request: Request) -> tuple[Json, Json]:
    """JSON, form or multipart; nested values arrive as JSON text inside a form."""
    if "json" in request.headers.get("content-type", ""):
        return await request.json(), {}
    params: Json = dict(request.query_params)
    files: Json = {}
    if request.headers.get("content-length", "0") != "0":
        for name, value in (await request.form()).multi_items():
            if not isinstance(value, str):
                files[name] = (value.filename, await value.read())
                continue
            try:
                params[name] = json.loads(value) if value[:1] in ("[", "{") and name != "text" else value
            except ValueError:
                params[name] = value
    return params, files


async def _answer(bot: Bot, name: str, cls: Any, params: Json, files: Json) -> Any:
    match name:
        case "getMe":
            return bot.me
        case "getUpdates":
            return await _get_updates(bot, params)
        case "setWebhook":
            bot.webhook = (params["url"], params.get("secret_token")) if params.get("url") else None
            bot.allowed = params.get("allowed_updates") or []
        case "deleteWebhook":
            bot.webhook = None
        case "getFile":
            return _get_file(bot, params["file_id"])
        case "answerCallbackQuery":
            if bot.callback_queries.get(params["callback_query_id"], "") is not None:
                raise TelegramError(
                    400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
                )
            bot.callback_queries[params["callback_query_id"]] = params.get("text", "")
        case _ if "Message" in str(cls.__returning__):
            if int(params["chat_id"]) in bot.blocked:
                raise TelegramError(403, "Forbidden: bot was blocked by the user")
            made = _edited(bot, params) if name.startswith("edit") else _sent(bot, name, params, files)
            aiogram.types.Message.model_validate(made)
            bot.messages[made["message_id"]] = made
            return made
    return True


async def _get_updates(bot: Bot, params: Json) -> list[Json]:
    """Real semantics: an offset confirms everything before it, an empty answer waits for `timeout`, and a second
    poller ends the first one's wait."""
    if bot.webhook:
        raise TelegramError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
    bot.poll += 1
    poll, bot.allowed = bot.poll, params.get("allowed_updates") or bot.allowed
    offset = int(params.get("offset") or 0)
    bot.updates = [update for update in bot.updates if update["update_id"] >= offset]
    deadline = time.monotonic() + float(params.get("timeout") or 0)
    while not bot.updates and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
        if bot.poll != poll:
            raise TelegramError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
    return bot.updates[: int(params.get("limit") or 100)]


def _get_file(bot: Bot, file_id: str) -> Json:
    content = bot.files.get(file_id)
    if content is None:
        raise TelegramError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    if len(content) > DOWNLOAD_LIMIT:
        raise TelegramError(400, "Bad Request: file is too big")
    return {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content), "file_path": file_id}


def _edited(bot: Bot, params: Json) -> Json:
    old = bot.messages.get(int(params["message_id"]))
    if old is None:
        raise TelegramError(400, "Bad Request: message to edit not found")
    new = {**old, **{key: params[key] for key in ("text", "caption", "reply_markup") if key in params}}
    if "reply_markup" not in params:
        new.pop("reply_markup", None)
    if new == old:
        raise TelegramError(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message",
        )
    return new


def _sent(bot: Bot, name: str, params: Json, files: Json) -> Json:
    if len(params.get("text", "").encode("utf-16-le")) // 2 > TEXT_UNITS:
        raise TelegramError(400, "Bad Request: message is too long")
    if name == "sendMessage" and not params["text"].strip():
        raise TelegramError(400, "Bad Request: message text is empty")
    for row in (params.get("reply_markup") or {}).get("inline_keyboard", []):
        if any(not 1 <= len(button.get("callback_data", "x").encode()) <= BUTTON_BYTES for button in row):
            raise TelegramError(400, "Bad Request: BUTTON_DATA_INVALID")
    message: Json = {
        "message_id": next(bot.message_ids),
        "date": int(time.time()),
        "chat": {"id": int(params["chat_id"]), "type": "private", "first_name": "U"},
        "from": bot.me,
        **{key: params[key] for key in ("text", "caption") if key in params},
    }
    if "inline_keyboard" in (params.get("reply_markup") or {}):
        message["reply_markup"] = params["reply_markup"]
    kind = name.removeprefix("send").lower()  # sendVoice -> voice
    for filename, content in files.values():
        file_id = f"file{len(bot.files)}"
        bot.files[file_id] = content
        message[kind] = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}
        message[kind] |= {"file_name": filename} if kind == "document" else {"duration": int(params.get("duration", 0))}
    return message


@app.post("/control/{token}/updates")
async def push(token: str, content: Json) -> Json:
    """Somebody did something: to the webhook (its status comes back) or into the queue of getUpdates. An update that
    brings its own update_id is delivered (once more) under that."""
    bot = bots[token]
    update = {"update_id": content.pop("update_id", None) or next(bot.update_ids), **content}
    for message in (update.get("message"), update.get("edited_message")):
        if message is not None:
            message.setdefault("message_id", next(bot.message_ids))
            message.setdefault("date", int(time.time()))
    if "callback_query" in update:
        bot.callback_queries.setdefault(update["callback_query"]["id"], None)
    aiogram.types.Update.model_validate(update)
    kind = next(key for key in update if key != "update_id")
    if bot.allowed and kind not in bot.allowed:
        return {"update": update, "status": None}
    if bot.webhook is None:
        bot.updates.append(update)
        return {"update": update, "status": None}
    url, secret = bot.webhook
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
    async with httpx.AsyncClient(trust_env=False) as client:
        return {"update": update, "status": (await client.post(url, json=update, headers=headers)).status_code}


@app.put("/control/{token}/files/{file_id}")
async def put_file(token: str, file_id: str, request: Request) -> None:
    bots[token].files[file_id] = await request.body()


@app.post("/control/{token}/failures")
async def fail(token: str, failures: list[Json]) -> None:
    bots[token].failures += failures


@app.put("/control/{token}/blocked/{chat_id}")
async def block(token: str, chat_id: int, blocked: bool) -> None:
    (bots[token].blocked.add if blocked else bots[token].blocked.discard)(chat_id)


@app.get("/control/{token}/look")
async def look(token: str) -> Json:
    bot = bots[token]
    return {
        "calls": bot.calls,
        "messages": list(bot.messages.values()),
        "unconfirmed": bot.updates,
        "toasts": bot.callback_queries,
        "webhook": bot.webhook,
    }


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
