"""What every test gets: a home of its own, no data from outside unless a test asks for it, one language."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from hakseup.report import canvas

# Processes that tests start may keep what they compile, as on a reader's machine; else each compiles the package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# What a shell starts in the background does not hear Ctrl-C, nor does what that starts: some tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile("hakseup", deadline=None)
hypothesis.settings.load_profile("hakseup")
# `make test` hands whole files to its processes in this order: begun first, the long ones do not end alone.
LONG = ("test_studio_page", "test_whole_way", "test_table_way", "test_crash", "test_studio_server")
LONG += ("test_scripts_of_the_years", "test_report", "test_mapped", "test_unseen_tables", "test_unknown")
REAL_DATA = os.environ.get("HAKSEUP_DATA")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONG)))


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAKSEUP_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("HAKSEUP_DATA", raising=False)
    monkeypatch.delenv("HAKSEUP_RUNS", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture(autouse=True)
def _undrawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports get empty figures: to draw them is half of the work of a small training.

    Tests of what is drawn, and one whole way each for pictures and tables, are marked `drawn`.
    """
    if request.node.get_closest_marker("drawn") is None:
        monkeypatch.setattr(canvas, "_svg", lambda *_figure: "<svg></svg>")


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that HAKSEUP_DATA named when the tests were started."""
    if not REAL_DATA:
        pytest.skip("HAKSEUP_DATA does not name a folder with the real data sets")
    monkeypatch.setenv("HAKSEUP_DATA", REAL_DATA)
    return Path(REAL_DATA)


@pytest.fixture(scope="session")
def real() -> Any:
    """The real Keras on its PyTorch backend."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="the real Keras is not installed (pip install hakseup[dev])")
