"""Static files of the chat page: gzipped once, named by a hash of their folder, cached by browsers for a year.

The hash stands in the path (`/assets/chat/<hash>/chat.js`), so that scripts can import each other by relative names
and a new version is a new address.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

PAGES: Final = Path(__file__).resolve().parent.parent / "pages"
FOLDERS: Final = {"chat": PAGES / "chat" / "static", "deep-chat": PAGES / "static" / "vendor" / "deep-chat-2.4.2"}
SERVED: Final = (".js", ".css", ".svg")

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    zipped: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Folder:
    digest: str
    assets: dict[str, Asset]


@cache
def folder(name: str) -> Folder:
    """The files of a folder, read once."""
    digest, assets = hashlib.sha256(), {}
    for path in sorted(p for p in FOLDERS[name].iterdir() if p.suffix in SERVED):
        body = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + body)
        media_type = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or ""
        assets[path.name] = Asset(body, gzip.compress(body, 9, mtime=0), media_type)
    return Folder(digest.hexdigest()[:16], assets)


def asset_url(folder_name: str, file: str) -> str:
    """The address of a file, or KeyError where there is none: a page never links into nothing."""
    found = folder(folder_name)
    found.assets[file]
    return f"/assets/{folder_name}/{found.digest}/{file}"


@router.get("/assets/{folder_name}/{digest}/{file}", include_in_schema=False)
def get_asset(folder_name: str, digest: str, file: str, request: Request) -> Response:
    found = folder(folder_name) if folder_name in FOLDERS else None
    asset = found.assets.get(file) if found else None
    if found is None or asset is None:
        raise HTTPException(404)
    # A page that was open during an upgrade asks for an older hash: it gets today's file, uncached.
    caching = "public, max-age=31536000, immutable" if digest == found.digest else "no-store"
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
