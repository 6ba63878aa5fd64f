"""The studio over HTTP: predictions a second, how far the live curve is behind, what watching costs, how soon the page is there.

    python benchmarks/studio.py predict   # 200 a second asked for over 15 s; then as many as it gives
    python benchmarks/studio.py watch     # MNIST, recipe fast: pairs of trainings, one watched and one not, in turn
    python benchmarks/studio.py page      # all files of the page, one after the other

The server is a process of its own, as `hakseup studio` starts it, on a fresh workspace; MNIST is found in HAKSEUP_DATA.
The client speaks plain HTTP/1.1 over connections that stay open and is part of what is measured: on two cores it
shares them with the server. Of predictions asked for at a rate, the time counts from when each was due, so that a
server that falls behind cannot hide it. Every number is printed with its n; --json keeps all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np


class Server:
    """A studio in this folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hakseup", "studio", "--json", "--workspace", str(root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "HAKSEUP_HOME": str(root / "home")},
        )
        assert self.process.stdout is not None
        self.url = urlsplit(json.loads(self.process.stdout.readline())["url"])
        self.seconds_to_listen = time.perf_counter() - started
        self.key = {"Authorization": "Bearer " + self.url.query.removeprefix("token=")}

    def line(self) -> http.client.HTTPConnection:
        """A connection that stays open."""
        return http.client.HTTPConnection(str(self.url.hostname), self.url.port, timeout=120)

    def ask(self, line: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> Any:
        """One question."""
        content = None if body is None else json.dumps(body).encode()
        line.request(method, path, content, {**self.key, "Content-Type": "application/json"})
        answer = line.getresponse()
        raw = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {raw[:300]!r}")
        return json.loads(raw) if raw[:1] in (b"{", b"[") else raw

    def close(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


@contextlib.contextmanager
def studio() -> Iterator[Server]:
    """A server on a fresh workspace."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.close()


def train(server: Server, watched: bool, found: list[float] | None = None) -> float:
    """Seconds of training of MNIST with `fast`; where it is watched, how old what came was is added to `found`."""
    line = server.line()
    body = {"data": "mnist", "recipe": "fast", "settings": {"training.epochs": 6}}
    job = server.ask(line, "POST", "/api/runs", body)
    watching = False
    while job["state"] == "working":
        time.sleep(0.25)
        job = server.ask(line, "GET", f"/api/jobs/{job['job']}")
        if watched and not watching and job["run"]:
            watching = True
            threading.Thread(target=watch, args=(server, job["run"], found), daemon=True).start()
    if job["state"] != "done":
        raise SystemExit(f"{job['error']}")
    return float(job["result"]["train_seconds"])


def watch(server: Server, run: str, found: list[float] | None) -> None:
    """A bare client of the event stream: the age of the oldest batch in every event."""
    line = server.line()
    line.request("GET", f"/api/events?run={run}", None, server.key)
    answer = line.getresponse()
    name, before = "", None
    while text := answer.readline():
        if text.startswith(b"event: "):
            name = text[7:].strip().decode()
        elif text.startswith(b"data: ") and name == "live":
            facts = json.loads(text[6:])
            if facts["state"] != "training":
                return
            if facts["batches"] and before and found is not None:
                found.append(time.time() - before)  # no batch of this event is older than the event before
            if facts["at"]:
                before = facts["at"]


def predict(seconds: float, rate: int) -> dict[str, Any]:
    """Predictions at a rate, then as fast as they come; strokes of a digit, each a little different."""
    with studio() as server:
        line = server.line()
        train(server, watched=False)
        run = server.ask(line, "GET", "/api/runs")["runs"][0]["run"]
        path = f"/api/runs/{run}/predict"
        random = np.random.default_rng(0)
        drawings = []
        for _ in range(50):
            t = np.linspace(0, 2 * np.pi, 40)
            x, y = 0.5 + random.uniform(0.1, 0.3) * np.cos(t), 0.5 + random.uniform(0.2, 0.4) * np.sin(t)
            drawings.append({"strokes": [np.stack([x, y], 1).round(4).tolist()], "thickness": 0.06})
        for body in drawings:
            server.ask(line, "POST", path, body)
        late = at_rate(server, path, drawings, seconds, rate)
        fastest = as_fast_as_possible(server, path, drawings, seconds)
    return {
        "rate": rate,
        "n": len(late),
        "p50_ms": 1000 * float(np.percentile(late, 50)),
        "p99_ms": 1000 * float(np.percentile(late, 99)),
        "worst_ms": 1000 * max(late),
        "most_a_second": fastest,
    }


def at_rate(server: Server, path: str, bodies: list[Any], seconds: float, rate: int) -> list[float]:
    """Seconds from when each prediction was due to its answer, over four connections."""
    late: list[float] = []
    start = time.perf_counter() + 0.2
    turns = iter(range(int(seconds * rate)))
    lock = threading.Lock()

    def work() -> None:
        line = server.line()
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return
            due = start + turn / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            server.ask(line, "POST", path, bodies[turn % len(bodies)])
            late.append(time.perf_counter() - due)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return late


def as_fast_as_possible(server: Server, path: str, bodies: list[Any], seconds: float) -> float:
    """Predictions a second over two connections that never wait."""
    done, until = [0, 0], time.perf_counter() + seconds

    def work(which: int) -> None:
        line = server.line()
        while time.perf_counter() < until:
            server.ask(line, "POST", path, bodies[done[which] % len(bodies)])
            done[which] += 1

    threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


def watching(pairs: int) -> dict[str, Any]:
    """Trainings watched and not, in turn."""
    times: dict[str, list[float]] = {"plain": [], "watched": []}
    ages: list[float] = []
    with studio() as server:
        train(server, watched=False)  # the pictures are decoded and cached
        for pair in range(pairs):
            for name in ("plain", "watched") if pair % 2 == 0 else ("watched", "plain"):
                times[name].append(train(server, name == "watched", ages))
                print(f"{name}: {times[name][-1]:.2f} s", file=sys.stderr)
    more = [w / p - 1 for p, w in zip(times["plain"], times["watched"], strict=True)]
    return {
        **times,
        "slower_by_median": statistics.median(more),
        "slower_by": more,
        "events": len(ages),
        "behind_median_s": statistics.median(ages),
        "behind_worst_s": max(ages),
    }


def page() -> dict[str, Any]:
    """Every file of the page and its first questions, over one connection."""
    from hakseup.studio import app

    files = [p.relative_to(app.PAGE).as_posix() for p in sorted(app.PAGE.rglob("*")) if p.is_file()]
    with studio() as server:
        taken = []
        for _ in range(10):
            line = server.line()
            started = time.perf_counter()
            sizes = [len(server.ask(line, "GET", f"/page/{name}")) for name in files]
            for path in ("/api/studio", "/api/data", "/api/runs", "/api/jobs"):
                server.ask(line, "GET", path)
            taken.append(time.perf_counter() - started)
            line.close()
        return {
            "files": len(files),
            "bytes": sum(sizes),
            "n": len(taken),
            "median_s": statistics.median(taken),
            "worst_s": max(taken),
            "first_s": taken[0],
            "seconds_to_listen": server.seconds_to_listen,
        }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("predict", "watch", "page"))
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.what == "predict":
        found = predict(asked.seconds, asked.rate)
    else:
        found = watching(asked.pairs) if asked.what == "watch" else page()
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:>20}  {value}")


if __name__ == "__main__":
    main()
