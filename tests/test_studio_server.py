"""The studio as it is started: a process of its own, over the network of this machine."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from studio_makers import drawing, files_below

from hakseup.runs.folder import RunFolder

SRC = Path(__file__).parents[1] / "src"
# Long enough to be watched and stopped, on pictures that are read in no time.
LONG = {"training.epochs": 3000, "training.batch_size": 8, "data.size": [16, 16], "checkpoint.seconds": 0.5}
LONG |= {"augmentation.kind": "none", "training.final_fit": False, "training.small_below": 0}
LAYERS = ["Flatten()", "Dense(16, activation='relu')", "Dense(3, activation='softmax')"]


class Server:
    """A studio in this folder, and questions to it."""

    def __init__(self, root: Path, *words: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(SRC), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        environment["HAKSEUP_HOME"] = str(root / "home")
        self.root = root
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hakseup", "studio", "--json", "--workspace", str(root), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = json.loads(self.process.stdout.readline())
        address = urlsplit(self.said["url"])
        self.host, self.port = str(address.hostname), int(address.port or 0)
        self.token = address.query.removeprefix("token=")
        self.key = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        with contextlib.closing(connection):
            connection.request(method, path, content, {**self.key, **kind, **headers})
            answer = connection.getresponse()
            raw = answer.read()
        return answer.status, json.loads(raw) if raw[:1] in (b"{", b"[") else raw

    def wait(self, path: str, done: Any, seconds: float = 90) -> Any:
        """Ask until the answer is as wanted."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status, body = self.ask("GET", path)
            if status == 200 and done(body):
                return body
            time.sleep(0.1)
        raise AssertionError(f"{path}: {body}")

    def events(self, *runs: str) -> Iterator[tuple[str, dict[str, Any]]]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", "/api/events?" + "&".join(f"run={run}" for run in runs), None, self.key)
            answer = connection.getresponse()
            assert answer.getheader("content-type", "").startswith("text/event-stream")
            name = ""
            while line := answer.readline().decode():
                if line.startswith("event: "):
                    name = line[7:].strip()
                elif line.startswith("data: "):
                    yield name, json.loads(line[6:])

    def close(self) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            _out, err = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, err


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("studio")
    for c, of in enumerate(("box", "circle", "cross")):
        (made / "data" / "shapes" / of).mkdir(parents=True)
        for i in range(8):
            (made / "data" / "shapes" / of / f"{i}.png").write_bytes(drawing(of, 100 * c + i, 32))
    return made


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    made = Server(root)
    try:
        yield made
    finally:
        for job in made.ask("GET", "/api/jobs")[1]["jobs"] if made.process.poll() is None else []:
            made.ask("POST", f"/api/jobs/{job['job']}/stop", {})
        made.close()


def test_train_watch_stop_kill_resume_delete(server: Server, root: Path) -> None:
    """One training through everything that may happen to it; the server lives through all of it."""
    status, body = server.ask("POST", "/api/runs", {"data": "shapes", "layers": LAYERS, "settings": LONG})
    assert status == 202
    job = server.wait(f"/api/jobs/{body['job']}", lambda job: job["run"] is not None)
    run = job["run"]
    assert run == "shapes-own-1" and job["state"] == "working"
    folder = RunFolder(root / "runs" / run)

    def seen(enough: Any) -> list[dict[str, Any]]:
        out: list[dict[str, Any]] = []
        for name, facts in server.events(run):
            if name == "live":
                out.append(facts)
                if enough(facts):
                    return out
        raise AssertionError("the stream ended")

    def far(facts: dict[str, Any]) -> bool:
        return facts["epoch"] is not None and facts["epoch"] >= 20 and bool(facts["batches"])

    first = seen(far)
    assert first[0]["whole"] is True and not any(facts["whole"] for facts in first[1:])
    epochs = [row["epoch"] for facts in first for row in facts["rows"]]
    assert epochs == sorted(set(epochs))  # each of them once, in order
    numbers = [
        f["batches"]["from"] + i for f in first if f["batches"] for i in range(len(f["batches"]["loss"]))
    ]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))  # no batch missing, none twice
    assert first[-1]["left"] > 0 and first[-1]["epochs"] == 3000
    assert any(facts.get("kernels") for facts in first)
    again = seen(far)  # the page was loaded anew: everything is there at once
    assert [row["epoch"] for row in again[0]["rows"]] >= epochs

    status, _body = server.ask("POST", f"/api/runs/{run}/resume", {})
    assert status == 409  # it is being trained
    status, _body = server.ask("POST", f"/api/runs/{run}/stop", {})
    assert status == 202
    job = server.wait(f"/api/jobs/{job['job']}", lambda job: job["state"] != "working")
    assert job["state"] == "stopped" and job["error"]["code"] == "interrupted"
    assert server.wait(f"/api/runs/{run}", lambda facts: facts["state"] == "interrupted")
    reached = len(folder.history())
    assert reached >= 20
    status, _body = server.ask("POST", f"/api/runs/{run}/stop", {})
    assert status == 409

    status, job = server.ask("POST", f"/api/runs/{run}/resume", {})
    assert status == 202
    seen(lambda facts: facts["state"] == "training" and (facts["epoch"] or 0) > reached)
    pid = int((folder.path / ".lock").read_text())
    os.kill(pid, signal.SIGKILL)
    seen(lambda facts: facts["state"] == "stopped")
    job = server.wait(f"/api/jobs/{job['job']}", lambda job: job["state"] != "working")
    assert job["state"] == "failed" and job["error"]["code"] == "killed"
    status, answer = server.ask("POST", f"/api/runs/{run}/predict", {"strokes": [[[0.2, 0.2], [0.8, 0.8]]]})
    assert status == 200 and answer["label"]  # with the weights that it has reached

    gone = threading.Event()

    def listen() -> None:
        for name, facts in server.events(run):
            if name == "gone":
                assert facts == {"run": run}
                gone.set()
                return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    time.sleep(0.5)
    folder.path.rename(root / "elsewhere")
    assert gone.wait(10)
    assert server.ask("GET", f"/api/runs/{run}")[0] == 404
    assert server.ask("GET", "/api/runs")[1] == {"runs": []}


def test_a_failed_start_is_told_in_the_words_of_the_command_line(server: Server) -> None:
    wrong = {"data": "shapes", "layers": ["Flatten()", "Dense(7)"]}
    _status, body = server.ask("POST", "/api/runs", wrong)
    job = server.wait(f"/api/jobs/{body['job']}", lambda job: job["state"] != "working")
    assert job["state"] == "failed" and job["error"]["code"] == "output-does-not-fit" and job["run"] is None


def test_a_gigabyte_is_refused_before_it_is_sent(server: Server, root: Path) -> None:
    before = files_below(root / "data")
    head = (
        f"POST /api/data/shapes/classes/box/pictures HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
        f"Authorization: Bearer {server.token}\r\nContent-Length: {1 << 30}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection((server.host, server.port), timeout=10) as line:
        line.sendall(head.encode())
        answer = line.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 413") and "connection: close" in answer.lower()
    assert files_below(root / "data") == before
    assert not list((root / ".studio" / "tmp").iterdir())


@pytest.mark.slow
def test_a_thousand_connections_leave_room_for_one_more(server: Server) -> None:
    lines = []
    try:
        for number in range(1000):
            line = socket.create_connection((server.host, server.port), timeout=30)
            lines.append(line)
            if number % 3 == 0:
                line.sendall(b"GET /api/data HTTP/1.1\r\nHost: ")  # half a request
            elif number % 3 == 1:
                line.sendall(
                    f"GET /api/events HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode()
                )
        started = time.monotonic()
        status, _body = server.ask("GET", "/api/studio")
        assert status == 200 and time.monotonic() - started < 5
    finally:
        for line in lines:
            line.close()
    assert server.ask("GET", "/api/studio")[0] == 200


def test_a_taken_port_is_said_in_a_sentence(server: Server, root: Path) -> None:
    called = [sys.executable, "-m", "hakseup", "studio", "--json", "--lang", "en", "--port", str(server.port)]
    environment = {**os.environ, "PYTHONPATH": str(SRC)}
    done = subprocess.run(
        [*called, "--workspace", str(root / "b")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 2
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "cannot-listen"
    assert "Traceback" not in done.stderr


def test_a_training_outlives_the_server_and_the_next_one_shows_it(server: Server, root: Path) -> None:
    _status, body = server.ask("POST", "/api/runs", {"data": "shapes", "layers": LAYERS, "settings": LONG})
    run = server.wait(f"/api/jobs/{body['job']}", lambda job: job["run"] is not None)["run"]
    code, err = server.close()
    assert code == 0 and "Traceback" not in err
    other = Server(root)
    try:
        (row,) = other.ask("GET", "/api/runs")[1]["runs"]
        assert row["run"] == run and row["state"] == "training"
        for name, facts in other.events(run):
            if name == "live" and facts["batches"]:
                break
        assert other.ask("POST", f"/api/runs/{run}/stop", {})[0] == 202
        other.wait(f"/api/runs/{run}", lambda facts: facts["state"] == "interrupted")
    finally:
        other.close()
