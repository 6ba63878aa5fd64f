"""What every test gets: a home of its own, no data from outside unless a test asks for it, one language."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

from hakseup.files import quiet_threads

quiet_threads()  # before anything loads PyTorch
# How long an example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile("hakseup", deadline=None)
hypothesis.settings.load_profile("hakseup")
REAL_DATA = os.environ.get("HAKSEUP_DATA")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAKSEUP_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("HAKSEUP_DATA", raising=False)
    monkeypatch.delenv("HAKSEUP_RUNS", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that HAKSEUP_DATA named when the tests were started."""
    if not REAL_DATA:
        pytest.skip("HAKSEUP_DATA does not name a folder with the real data sets")
    monkeypatch.setenv("HAKSEUP_DATA", REAL_DATA)
    return Path(REAL_DATA)
