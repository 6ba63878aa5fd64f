"""The server: listens, says where, and ends with Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import json
import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvicorn

from hakseup import files
from hakseup.errors import CallError, refusal
from hakseup.studio.guard import Door, is_loopback
from hakseup.studio.workspace import Workspace
from hakseup.words import Words

PATIENCE = 30.0  # seconds that a connection may take until its request is complete
WAITING = 2048  # connections that may wait to be accepted
FILES = 8192  # open files wished for: one for each connection


class _Patient(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and then tell."""
        await super().startup(sockets)
        if self.started:
            self._listening()


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    listening: Callable[[str], None],
) -> None:
    """Serve the page until Ctrl-C.

    Args:
        workspace: what it works on. host: where to listen. port: 0 takes a free one. listening: hears the address.

    Raises:
        CallError: the port is taken, or there is no such address.
    """
    # Before what takes seconds to load: a taken port is said at once.
    bound, door = _opened(workspace, host, port)

    import cv2
    import threadpoolctl
    import torch

    from hakseup.studio.app import create_app

    torch.set_num_threads(1)  # a single picture is through one thread before a second has woken up
    threadpoolctl.threadpool_limits(1)
    cv2.setNumThreads(1)
    sys.setswitchinterval(0.001)  # who listens shall not wait long for who reckons
    _use_folder(workspace.own / "tmp")
    _allow_files()
    number = door.port
    config = uvicorn.Config(
        create_app(workspace, door),
        http=limited_protocol(),
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=2,
        backlog=WAITING,
    )
    shown = f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    address = f"http://{shown}:{number}/?token={door.token}"
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    gc.collect()
    gc.freeze()  # what is loaded stays: to look through all of PyTorch for rubbish takes a tenth of a second
    with bound, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_Patient(config, lambda: listening(address)).serve([bound]))


def limited_protocol() -> type[asyncio.Protocol]:
    """uvicorn's HTTP, that hangs up on whoever takes too long over a request."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Limited(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._deadline = self.loop.call_later(PATIENCE, self._hang_up)

        def _hang_up(self) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self.transport.close()  # no request since it was opened, or none is under way

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is not None:
                self._deadline.cancel()

    return Limited


def _opened(workspace: Workspace, host: str, port: int) -> tuple[socket.socket, Door]:
    """Where it listens and who is let in: as the last time, so that a page that is still open goes on by itself.

    What other machines reach gets a new secret each time: who was given one yesterday is not let in today.
    """
    local = is_loopback(host)
    name = hashlib.sha256(os.fsencode(workspace.root)).hexdigest()[:16]
    place = files.user_home() / "studio" / f"{name}.json"  # no other user can write there
    kept = _kept(place) if local else None
    bound = None
    if kept is not None and port in (0, kept[0]):
        with contextlib.suppress(CallError):
            bound = _bind(host, kept[0])
    same = bound is not None
    bound = bound or _bind(host, port)
    number = int(bound.getsockname()[1])
    token = kept[1] if kept is not None and same else secrets.token_urlsafe(24)
    if local and not same:
        with contextlib.suppress(OSError):  # then the next one has another address
            files.make_folder(place.parent)
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump({"port": number, "token": token}, out)
    return bound, Door(token, number, host)


def _kept(place: Path) -> tuple[int, str] | None:
    """Port and secret of the last time; None: there was none."""
    try:
        said = json.loads(place.read_text("utf-8"))
        port, token = said["port"], said["token"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    fits = isinstance(port, int) and 0 < port < 65536 and isinstance(token, str) and len(token) >= 24
    return (port, token) if fits else None


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        if sys.platform != "win32":  # there it would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(WAITING)
        bound.set_inheritable(False)
    except OSError as error:
        raise CallError(
            "cannot-listen",
            Words(
                f"Cannot listen on {host}, port {port}: {refusal(error).en}.",
                f"{host} 주소의 {port}번 포트를 열 수 없습니다: {refusal(error).ko}.",
            ),
            Words(
                "Another program may have it: choose another --port.",
                "다른 프로그램이 쓰고 있을 수 있습니다. 다른 --port를 고르세요.",
            ),
        ) from None
    return bound


def _use_folder(folder: Path) -> None:
    """Uploads on their way lie in the workspace, nowhere else."""
    with files.written(folder):
        files.make_folder(folder)
    for left in folder.iterdir():  # of a server that was killed
        with contextlib.suppress(OSError):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
    tempfile.tempdir = os.fspath(folder)


def _allow_files() -> None:
    """As many open files as the system lets us have, for as many connections."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft < wished:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))
