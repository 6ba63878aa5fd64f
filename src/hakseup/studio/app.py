"""The application: routes, the page's files, and one handler for whatever goes wrong."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from hakseup import files
from hakseup.errors import CallError, HakseupError
from hakseup.failures import version
from hakseup.report import fonts
from hakseup.studio import pixels, uploads
from hakseup.studio.answers import as_json, failure, said
from hakseup.studio.guard import JSON_BYTES, PICTURE_BYTES, REQUEST_BYTES, Door, Guard
from hakseup.studio.routes import data, exports, insides, results, training, trying
from hakseup.studio.shortcut import Shortcut
from hakseup.studio.studio import Studio
from hakseup.studio.workspace import NotThere, Workspace
from hakseup.words import Words

PAGE = Path(__file__).parent / "page"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_TYPES |= {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
_FONTS = {f"nanum-{weight}.woff": bold for weight, bold in fonts.WEIGHTS.items()}


def create_app(workspace: Workspace, door: Door) -> FastAPI:
    """The studio of this workspace.

    Args:
        workspace: what it works on. door: who is let in.
    """
    app = FastAPI(
        title="hakseup studio",
        version=version(),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    studio = Studio.of(workspace, door)
    app.state.studio = studio
    for part in (
        trying,
        data,
        training,
        insides,
        results,
        exports,
    ):  # the first is found the soonest: it is asked most
        app.include_router(part.router(studio))
    _page(app, studio)
    app.add_exception_handler(HakseupError, _told)
    app.add_exception_handler(RequestValidationError, _wrong_call)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Shortcut, predict=trying.predictor(studio))
    app.add_middleware(Guard, door=door)  # the last added stands before all others
    return app


def _page(app: FastAPI, studio: Studio) -> None:
    @app.get("/", include_in_schema=False)
    def index() -> Response:
        return _file(PAGE, "index.html")

    @app.get("/page/{name:path}", include_in_schema=False)
    def page(name: str) -> Response:
        return _file(PAGE, name)

    @app.get("/fonts/{name}", include_in_schema=False)
    def font(name: str) -> Response:
        path = files.korean_font(_FONTS[name]) if name in _FONTS else None
        if path is None:
            raise _no_file()
        kept = files.user_home() / "fonts" / f"{path.stat().st_size}-{name}"
        if not kept.is_file():  # made once: it takes a second
            with files.written(kept):
                files.make_folder(kept.parent)
            files.write_bytes(kept, fonts.whole(path))
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        return FileResponse(kept, media_type="font/woff", headers=headers)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return _file(PAGE, "icon.svg")

    @app.get("/api/studio", tags=["studio"])
    def about() -> Response:
        """What this studio is, and what it takes."""
        return as_json(
            {
                "version": version(),
                "workspace": str(studio.workspace.root),
                "limits": {
                    "request_bytes": REQUEST_BYTES,
                    "picture_bytes": PICTURE_BYTES,
                    "json_bytes": JSON_BYTES,
                    "pixels": pixels.PIXELS,
                    "files": uploads.FILES,
                },
            }
        )


def _file(folder: Path, name: str) -> Response:
    """A file of the page. The browser asks each time whether it has changed."""
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):  # a name that is none
        inside = False
    if not inside:
        raise _no_file()
    kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind, headers={"Cache-Control": "no-cache"})


def _no_file() -> NotThere:
    return NotThere(
        "no-such-page", Words("There is nothing at this address.", "이 주소에는 아무것도 없습니다.")
    )


async def _told(request: Request, error: Exception) -> Response:
    status, body = failure(error, f"{request.method} {request.url.path}")
    return as_json(body, status)


async def _wrong_call(request: Request, error: Exception) -> Response:
    """What pydantic found, as one sentence that names the place."""
    found: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    first = found[0] if found else {"loc": (), "msg": ""}
    where = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0] if first["loc"] else "")
    where, why = where[:200].encode("utf-8", "replace").decode(), str(first["msg"])[:300]
    told = CallError(
        "bad-request",
        Words(
            f"The request is wrong at '{where}': {why}.", f"요청의 '{where}' 부분이 잘못되었습니다: {why}."
        ),
        Words(
            "Load the page again; it may be older than the server.",
            "페이지를 새로 고쳐 보세요. 서버보다 오래된 페이지일 수 있습니다.",
        ),
    )
    return as_json(said(told), 400)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    told = {
        404: _no_file(),
        405: CallError(
            "bad-method", Words("This cannot be done at this address.", "이 주소에서는 할 수 없는 일입니다.")
        ),
    }.get(status) or CallError(
        "bad-request", Words("The request cannot be read.", "요청을 읽을 수 없습니다.")
    )
    headers = error.headers if isinstance(error, HTTPException) else None
    answer = as_json(said(told), status)
    answer.headers.update(headers or {})
    return answer
