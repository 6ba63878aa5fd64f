"""Requests that nobody would send: whatever comes, the answer is JSON of one shape, never a fault, and nothing lies outside."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Unsatisfiable
from studio_makers import BASE, KEY, PORT, client, drawing, files_below

from hakseup.studio.jobs import Jobs

schemathesis = pytest.importorskip("schemathesis")
GenerationMode = schemathesis.GenerationMode

# Answered by a stream that does not end, or by work of minutes.
LEFT_OUT = ("/api/events", "/api/data/{name}/augmented.png")


def fuzzed(root: Path, monkeypatch: pytest.MonkeyPatch, examples: int, *modes: Any) -> int:
    """Every route with so many made-up requests; how many were sent."""
    studio = client(root / "work", raise_server_exceptions=True)
    for of in ("a", "b"):
        studio.post("/api/data", json={"name": "x", "classes": ["a", "b"]})
        for seed in range(2):
            studio.post(
                f"/api/data/x/classes/{of}/pictures", files={"files": ("p.png", drawing("box", seed))}
            )
    (root / "work" / "runs" / "r-1").mkdir()
    (root / "work" / "runs" / "r-1" / "run.json").write_text("{}")
    (root / "beside.txt").write_text("not ours")

    def started(*_args: Any, **_more: Any) -> Any:
        raise OSError(11, "no processes in this test")

    monkeypatch.setattr(Jobs, "start", started)
    schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", studio.app, headers={**KEY, "Host": f"127.0.0.1:{PORT}"}
    )
    sent = 0
    for operation in schema.get_all_operations():
        one = operation.ok()
        if one.path not in LEFT_OUT:
            sent += sum(_one(one, examples, mode) for mode in modes)
    outside = {name for name in files_below(root) if not name.startswith("work/")}
    assert outside == {"beside.txt"}
    return sent


def _one(operation: Any, examples: int, mode: Any) -> int:
    from hypothesis import given

    sent = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal sent
        sent += 1
        answer = case.call(headers={**KEY, "Host": f"127.0.0.1:{PORT}"}, base_url=BASE)
        what = (
            f"{case.method} {case.formatted_path} {case.query} {str(case.body)[:500]}: {answer.status_code}"
        )
        assert answer.status_code != 500, what
        if answer.status_code >= 400:
            assert set(answer.json()) == {"error"}, what
            assert answer.json()["error"]["message"], what

    with contextlib.suppress(Unsatisfiable):  # a request without anything in it cannot be wrong
        ask()
    return sent


def test_made_up_requests_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fuzzed(tmp_path, monkeypatch, 3, GenerationMode.POSITIVE) > 100
    crash = Path(os.environ["HAKSEUP_HOME"]) / "crash"
    assert not crash.exists()


@pytest.mark.slow
def test_many_made_up_requests_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fuzzed(tmp_path, monkeypatch, 40, *GenerationMode) > 2000
