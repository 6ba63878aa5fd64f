"""`studio`: the page."""

from __future__ import annotations

import threading
import webbrowser
from pathlib import Path
from typing import Any

from hakseup import files
from hakseup.cli.command import Call
from hakseup.cli.options import whole
from hakseup.cli.screen import print_json
from hakseup.errors import CallError
from hakseup.words import Words


def studio(
    call: Call, *, port: str | None, host: str | None, workspace: str | None, no_open: bool
) -> dict[str, Any] | None:
    """Serve the page until Ctrl-C; the address is said as soon as it answers."""
    from hakseup.studio.guard import is_loopback
    from hakseup.studio.server import serve
    from hakseup.studio.workspace import Workspace

    number = whole("--port", port, 0) if port is not None else 0
    if number > 65535:
        raise CallError(
            "bad-number", Words(f"--port {port}: at most 65535.", f"--port {port}: 65535 이하여야 합니다.")
        )
    space = Workspace.at(Path(workspace or "."), None if workspace else files.runs_home())
    listens = host or "127.0.0.1"

    def listening(address: str) -> None:
        if call.screen.as_json:
            print_json({"url": address, "workspace": str(space.root), "runs": str(space.runs)})
        call.screen.say(Words("The studio is open at", "스튜디오를 열었습니다"), "bold")
        call.screen.say(f"  {address}")
        if not is_loopback(listens):
            call.screen.say(
                Words(
                    f"It listens on {listens}: everybody who reaches this machine and knows this address can see and change "
                    "the data and start trainings. It is not encrypted: use it only in a network that you trust.",
                    f"{listens}에서 기다립니다. 이 컴퓨터에 연결할 수 있고 이 주소를 아는 사람은 누구나 데이터를 보고 바꾸고 학습을 시작할 수 "
                    "있습니다. 암호화되지 않으므로 믿을 수 있는 네트워크에서만 쓰세요.",
                ),
                "yellow",
            )
        call.screen.facts(
            [
                (Words("data", "데이터"), str(space.data)),
                (Words("runs", "실행"), str(space.runs)),
                (Words("ends", "끝내기"), Words("Ctrl-C; trainings go on", "Ctrl-C. 학습은 계속됩니다")),
            ]
        )
        if not (no_open or call.screen.as_json):
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

    serve(space, host=listens, port=number, listening=listening)
    return None
