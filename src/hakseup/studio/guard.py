"""What stands before every request: the token, Host and Origin, the size, the language; and the headers behind every answer.

An address is only known to who was given it: the token in it becomes a cookie that no other site can send
(SameSite=Strict) and no script can read. Host is checked so that no name of somebody else's can be pointed at this
machine (DNS rebinding); Origin and Sec-Fetch-Site so that no other page can ask.
"""

from __future__ import annotations

import functools
import hmac
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hakseup.errors import HakseupError
from hakseup.studio.answers import as_json, failure
from hakseup.words import Language, Words, speak

JSON_BYTES = 2 << 20
PICTURE_BYTES = 32 << 20
REQUEST_BYTES = 256 << 20  # of an upload, all its files together
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_ALWAYS = [  # no route sets one of these
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
]
_UNLESS_GIVEN = [(b"content-security-policy", POLICY.encode()), (b"cache-control", b"no-store")]


class Refused(HakseupError):
    """A request that is not let in; `status` is HTTP's."""

    def __init__(self, status: int, code: str, message: Words, hint: Words | None = None) -> None:
        super().__init__(code, message, hint)
        self.status = status


@dataclass(frozen=True)
class Door:
    """Who is let in.

    token: the secret of the address. port: that the server listens on. host: what was asked for with --host.
    """

    token: str
    port: int
    host: str = "127.0.0.1"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def cookie(self) -> str:
        """Cookies do not know ports: each server has a name of its own."""
        return f"hakseup-{self.port}"

    def hosts(self) -> set[str]:
        """What may stand in the header Host, without the port."""
        names = set(LOOPBACK)
        if not self.is_local:
            names |= {self.host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()}
        return names

    def knows_host(self, value: str) -> bool:
        """Whether this is an address of ours. A bare number is no name that somebody else could point here."""
        name, _, port = value.lower().rpartition(":") if not value.endswith("]") else (value.lower(), "", "")
        if not name:
            name, port = port, ""
        if port and port != str(self.port):
            return False
        return name in self.hosts() or (not self.is_local and _is_number(name.strip("[]")))

    def is_ours(self, token: str) -> bool:
        """Whether this is the secret."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())


@functools.cache
def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    if host == "localhost":
        return True
    return _is_number(host.strip("[]")) and ipaddress.ip_address(host.strip("[]")).is_loopback


def _is_number(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Guard:
    """The middleware; see the module."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        asked = scope["query_string"].decode("latin-1")
        query = parse_qs(asked, keep_blank_values=True) if asked else {}
        with speak(_language(query.get("lang"), headers.get("accept-language", ""))):
            outer = _Outer(send, self.door)
            try:
                self._admit(scope, headers, query, outer)
                await self.app(scope, _Limited(receive, _limit(scope, headers), headers, outer), outer)
            except Exception as error:  # the one place where nothing may pass
                if outer.begun:
                    raise
                outer.refusal = outer.refusal or error
            if outer.refusal is not None and not outer.begun:
                status, body = failure(outer.refusal, f"{scope['method']} {scope['path']}")
                answer = as_json(body, status, close=isinstance(outer.refusal, Refused))
                outer.refusal = None
                await answer(scope, receive, outer)

    def _admit(self, scope: Scope, headers: Headers, query: dict[str, list[str]], outer: _Outer) -> None:
        if not self.door.knows_host(headers.get("host", "")):
            raise Refused(
                403,
                "wrong-host",
                Words("This address is not one of this studio.", "이 스튜디오의 주소가 아닙니다."),
                Words(
                    "Open the address that `hakseup studio` printed.",
                    "`hakseup studio`가 출력한 주소를 여세요.",
                ),
            )
        origin = headers.get("origin")
        if origin is not None and origin != f"{scope['scheme']}://{headers.get('host')}":
            raise _foreign()
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not _is_opening(scope, headers):
            raise _foreign()
        given = query.get("token", [])[-1:] if scope["path"] == "/" else []
        if any(map(self.door.is_ours, given)):
            outer.cookie = True
            return
        if not any(self.door.is_ours(token) for token in _tokens(headers, self.door.cookie)):
            raise Refused(
                401,
                "no-token",
                Words(
                    "This studio opens only with the whole address, as `hakseup studio` printed it.",
                    "`hakseup studio`가 출력한 주소 전체로만 열 수 있습니다.",
                ),
                Words(
                    "Copy the address from the terminal, with everything behind token=.",
                    "터미널에 나온 주소를 token= 뒤까지 모두 복사해 여세요.",
                ),
            )


class _Outer:
    """Puts the headers on whatever is sent; an answer to a request that was refused meanwhile is held back."""

    def __init__(self, send: Send, door: Door) -> None:
        self.send, self.door = send, door
        self.cookie, self.begun = False, False
        self.refusal: Exception | None = None

    async def __call__(self, message: Message) -> None:
        if self.refusal is not None and not self.begun:
            return
        if message["type"] == "http.response.start":
            self.begun = True
            given = {name.lower() for name, _value in message["headers"]}
            more = [one for one in _UNLESS_GIVEN if one[0] not in given]
            message["headers"] = [*message["headers"], *_ALWAYS, *more]
            if self.cookie:
                headers = MutableHeaders(scope=message)
                kept = f"{self.door.cookie}={self.door.token}; Path=/; HttpOnly; SameSite=Strict"
                headers.append("Set-Cookie", kept)
        await self.send(message)


class _Limited:
    """Hands a body on until it is too large; one that says so beforehand is never read."""

    def __init__(self, receive: Receive, limit: int, headers: Headers, outer: _Outer) -> None:
        self.receive, self.limit, self.outer, self.seen = receive, limit, outer, 0
        said = headers.get("content-length", "")
        if said.isdigit() and int(said) > limit:
            raise _too_large(limit)

    async def __call__(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.seen += len(message.get("body", b""))
            if self.seen > self.limit:
                self.outer.refusal = _too_large(self.limit)
                raise self.outer.refusal
        return message


def _limit(scope: Scope, headers: Headers) -> int:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return REQUEST_BYTES
    # A picture inside JSON takes a third more than itself.
    return PICTURE_BYTES * 4 // 3 + JSON_BYTES if _takes_picture(scope["path"]) else JSON_BYTES


def _takes_picture(path: str) -> bool:
    return path.startswith("/api/runs/") or path.endswith("/pictures")


def _too_large(limit: int) -> Refused:
    size = f"{limit / (1 << 20):,.0f} MB"
    return Refused(
        413,
        "too-large",
        Words(
            f"This is more than the {size} that one request may carry.",
            f"한 번에 보낼 수 있는 {size}보다 큽니다.",
        ),
        Words("Send it in smaller pieces.", "나누어 보내세요."),
    )


def _foreign() -> Refused:
    return Refused(
        403,
        "wrong-origin",
        Words("Another site may not use this studio.", "다른 사이트에서는 이 스튜디오를 쓸 수 없습니다."),
    )


def _is_opening(scope: Scope, headers: Headers) -> bool:
    """Somebody followed a link to the page itself, which answers nothing without the token."""
    return scope["path"] == "/" and scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"


def _tokens(headers: Headers, cookie: str) -> Iterable[str]:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield value.strip()
    if "cookie" not in headers:
        return
    jar: Any = SimpleCookie()
    try:
        jar.load(headers["cookie"])
    except CookieError:
        return
    if cookie in jar:
        yield jar[cookie].value


def _language(asked: list[str] | None, accepted: str) -> Language | None:
    """`lang`, else the first of Accept-Language that is spoken here; None: that of the server."""
    if asked and asked[-1] in ("ko", "en"):
        return "ko" if asked[-1] == "ko" else "en"
    for part in accepted.split(",")[:20]:
        tag = part.partition(";")[0].strip().lower()
        if tag[:2] in ("ko", "en"):
            return "ko" if tag[:2] == "ko" else "en"
    return None
