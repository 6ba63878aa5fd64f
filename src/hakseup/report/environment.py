"""What a run was made with, as a report lays it out: label and value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from hakseup.report.numbers import number
from hakseup.report.shell import duration, name, two


def rows(facts: Mapping[str, Any]) -> list[tuple[Markup, Any]]:
    """The rows whose value is known."""
    run = facts["run"]
    machine, versions = run.get("machine") or {}, run.get("versions") or {}
    found: list[tuple[Markup, Any]] = [
        (two("seed", "시드"), number(run.get("seed"))),
        (two("device", "장치"), _name(run.get("device"))),
        (two("precision", "연산 정밀도"), _name(run.get("precision"))),
        (two("threads", "스레드"), number(run.get("threads"))),
        (two("training", "학습 시간"), duration(run.get("train_seconds"))),
        (two("whole command", "명령 전체"), duration(run.get("total_seconds"))),
        (two("pictures a second", "초당 그림 수"), number(run.get("images_per_second"), 0)),
        (two("rows a second", "초당 행 수"), number(run.get("rows_per_second"), 0)),
        (two("peak memory", "최대 메모리"), _with_unit(run.get("peak_memory_mb"), "MB")),
        (two("processor", "프로세서"), _name(machine.get("processor"))),
        (two("cores", "코어"), number(machine.get("cores"))),
        (two("memory", "메모리"), _with_unit(machine.get("memory_gb"), "GB", 1)),
        (two("GPU", "GPU"), _name(machine.get("gpu"))),
        (two("system", "운영체제"), _name(machine.get("platform"))),
        *((name(package), name(version)) for package, version in versions.items()),
    ]
    return [(label, value) for label, value in found if value not in (None, "–")]


def _name(value: Any) -> Markup | None:
    return name(value) if value else None


def _with_unit(value: float | None, unit: str, digits: int = 0) -> str | None:
    return f"{number(value, digits)} {unit}" if value else None
