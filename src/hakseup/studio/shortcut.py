"""The way past routing for what is asked many times a second, a prediction of a drawing.

FastAPI knows the route and describes it; what it does for every request, more than half a millisecond on a slow core, is only
done where something is out of the ordinary: then the request goes on to it as if nobody had looked at it, and so every
error is told as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from pydantic import ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hakseup.studio import bodies

Predict = Callable[[str, bodies.Picture], Awaitable[Response]]
_PATH = re.compile("/api/runs/([^/]+)/predict")
_JSON = (b"content-type", b"application/json")


class Shortcut:
    """The middleware; see the module."""

    def __init__(self, app: ASGIApp, predict: Predict) -> None:
        self.app, self.predict = app, predict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        asked = _PATH.fullmatch(scope["path"]) if scope.get("method") == "POST" else None
        if asked is None or _JSON not in scope["headers"]:
            await self.app(scope, receive, send)
            return
        read = [await receive()]
        while read[-1].get("more_body"):
            read.append(await receive())
        try:
            body = bodies.Picture.model_validate_json(b"".join(one["body"] for one in read))
        except (ValidationError, KeyError):  # KeyError: who asked went away in the middle
            await self.app(scope, _Again(read, receive), send)
            return
        answer = await self.predict(asked[1], body)
        await answer(scope, receive, send)


class _Again:
    """Hands on once more what was read already, then what comes."""

    def __init__(self, read: list[Message], receive: Receive) -> None:
        self.read, self.receive = iter(read), receive

    async def __call__(self) -> Message:
        return next(self.read, None) or await self.receive()
