"""Progress: plain lines where there is no terminal, one live line where there is one."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from cli_fake import Answer, FakeApi, api, call
from rich.cells import cell_len
from rich.console import Console

from hakseup.cli import drawing
from hakseup.cli.screen import Screen
from hakseup.data.table_rows import RowPreparation
from hakseup.words import Words, speak

__all__ = ["api", "call"]
Run = Callable[..., Answer]


# --- progress -------------------------------------------------------------------------------------------------


def _row(epoch: int, seconds: float) -> dict[str, float]:
    return {
        "epoch": epoch,
        "loss": 0.5,
        "accuracy": 0.9,
        "val_loss": 0.25,
        "val_accuracy": 0.95,
        "learning_rate": 0.1,
        "seconds": seconds,
    }


def _train(listener: drawing.Lines, epochs: int, stop_after: int | None = None) -> None:
    for epoch in range(1, epochs + 1):
        listener.epoch_begin(epoch, epochs, 3)
        for step in range(1, 4):
            listener.step(step, 0.5, 0.9, 1000.0)
        listener.epoch_end(_row(epoch, epoch / 10))
        if epoch == stop_after:
            break
    listener.close()


def _lines(monkeypatch: pytest.MonkeyPatch, epochs: int, tick: float, stop_after: int | None = None) -> str:
    """What plain progress prints, by a clock that moves so much with every look at it."""
    text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", text)
    now = [1000.0]

    def clock() -> float:
        now[0] += tick
        return now[0]

    monkeypatch.setattr(drawing.time, "monotonic", clock)
    _train(drawing.Lines(Screen(False)), epochs, stop_after)
    return text.getvalue()


def test_a_short_training_prints_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _lines(monkeypatch, 5, 0.0)
    assert re.findall(r"(\d+)/5 ", text) == ["1", "2", "3", "4", "5"]
    assert "0.5000" in text
    assert "95.00%" in text
    assert "\r" not in text
    assert "\x1b" not in text


def test_a_long_training_of_tiny_epochs_prints_a_line_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _lines(monkeypatch, 2000, 0.00125)  # ten seconds: the clock is looked at four times an epoch
    shown_epochs = [int(epoch) for epoch in re.findall(r"(\d+)/2000 ", text)]
    assert 8 <= len(shown_epochs) <= 13
    assert shown_epochs[0] == 1
    assert shown_epochs[-1] == 2000
    assert shown_epochs == sorted(set(shown_epochs))


def test_the_last_epoch_is_printed_when_training_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _lines(monkeypatch, 2000, 0.0001, stop_after=77).splitlines()[-1].split()[0] == "77/2000"


def test_epochs_line_up_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("en", "ko"):
        with speak(language):  # type: ignore[arg-type]
            lines = _lines(monkeypatch, 12, 0.0).splitlines()
        assert len(lines) == 13
        assert len({cell_len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("step_seconds", "epochs", "says"),
    [
        (0.5, 4, "At 200 pictures a second, 4 epochs take about 3 min."),  # 400 steps: 200 s
        (
            0.5,
            100,
            "100 epochs take about 83 min. Shorter: --epochs 50 --set training.steps_per_epoch=100, or --set",
        ),
        (0.001, 4, ""),  # a second in all
    ],
)
def test_a_long_training_says_once_how_long_it_will_take(
    monkeypatch: pytest.MonkeyPatch, step_seconds: float, epochs: int, says: str
) -> None:
    now = [1000.0]
    monkeypatch.setattr(drawing.time, "monotonic", lambda: now[0])
    for kind in (drawing.Lines, drawing.LiveLines):
        screen, text = _terminal(monkeypatch)
        screen.errors.width = 200
        listener = kind(screen, can_be_changed=True)
        now[0] += 30  # whatever warms up is not counted
        for epoch in (1, 2):
            listener.epoch_begin(epoch, epochs, 100)
            for step in range(1, 101):
                now[0] += step_seconds
                listener.step(step, 0.5, 0.9, 200.0)
            listener.epoch_end(_row(epoch, 1.0))
        listener.close()
        assert text.getvalue().count(" take about ") == bool(says)
        assert says in text.getvalue()


def test_what_cannot_be_changed_is_not_proposed() -> None:
    assert "--" not in drawing._long(700, 9, 50, False).en
    words = drawing._long(700, 1, 50, True)
    assert "1 epoch takes about 12 min. Shorter: --set" in words.en
    assert "약 12분" in words.ko
    assert "--epochs" not in words.ko


def test_who_said_how_many_epochs_is_told_of_fewer_and_no_more() -> None:
    assert "Shorter: --epochs 4, or --set data.size" in drawing._long(700, 9, 50, True).en
    table = drawing._long(700, 9, 5000, True, None, rows=True)
    assert table.en == "At 5,000 rows a second, 9 epochs take about 12 min. Shorter: --epochs 4."
    assert (
        table.ko == "초당 5,000행이면 9에포크에 약 12분 걸립니다. 줄이려면 --epochs 4처럼 에포크를 줄이세요."
    )


def test_a_live_line_counts_rows_where_rows_are_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    for unit, counted in (("pictures", "초당 900장"), ("rows", "초당 900행")):
        screen, text = _terminal(monkeypatch)
        screen.errors.width = 200
        with speak("ko"):
            listener = drawing.LiveLines(screen)
            listener.epoch_begin(1, 2, 10, unit)
            listener._drawn = 0.0
            listener.step(1, 0.5, 0.9, 900.0)
            listener.close()
        assert counted in text.getvalue()
    assert RowPreparation.of(3, ()).unit == "rows"


def test_an_epoch_without_validation_has_no_numbers_there(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", text)
    listener = drawing.Lines(Screen(False))
    listener.epoch_begin(1, 1, 1)
    listener.epoch_end({"epoch": 1, "loss": 0.5, "accuracy": 0.9, "val_loss": float("nan"), "seconds": 1.0})
    listener.close()
    assert text.getvalue().splitlines()[-1].split() == ["1/1", "0.5000", "90.00%", "–", "–", "1.0", "s"]


def test_a_download_says_its_size_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", text)
    listener = drawing.Lines(Screen(False))
    monkeypatch.setattr(listener, "rhythm", 0.0)
    listener.begin(Words("Downloading mnist.npz", "mnist.npz 내려받기"), 10_000_000, "bytes")
    listener.advance(2_500_000)
    listener.end()
    assert text.getvalue().splitlines() == [
        "Downloading mnist.npz (10.0 MB)",
        "  Downloading mnist.npz: 25 % (2.5 MB / 10.0 MB)",
    ]


def _terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[Screen, io.StringIO]:
    text = io.StringIO()
    screen = Screen(False)
    monkeypatch.setattr(
        screen,
        "errors",
        Console(file=text, force_terminal=True, width=80, highlight=False, legacy_windows=False),
    )
    return screen, text


def test_the_live_line_leaves_the_finished_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, text = _terminal(monkeypatch)
    monkeypatch.setattr(drawing, "REDRAWN", 0.0)
    listener = drawing.LiveLines(screen)
    monkeypatch.setattr(listener, "rhythm", 0.0)
    listener.begin(Words("Decoding", "읽기"), 10, "pictures")
    listener.advance(4)
    listener.end()
    _train(listener, 3)
    out = text.getvalue()
    assert "40 % (4 / 10)" in out
    assert "1,000/s" in out
    assert "left" in out
    visible = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out)
    for epoch in (1, 2, 3):
        assert re.search(rf"{epoch}/3  0.5000    90.00%     0.2500        95.00%", visible)
    assert out.rindex("\x1b[?25h") > out.rindex("\x1b[?25l")  # the cursor is back


def test_progress_is_plain_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with drawing.progress(Screen(False)) as listener:
        assert type(listener) is drawing.Lines


def test_progress_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    for kind in (drawing.Lines, drawing.LiveLines):
        listener = kind(Screen(False))
        listener.begin(Words("a", "가"), None, "steps")
        listener.advance(1)
        listener.end()
        listener.note(Words("b", "나"))
        _train(listener, 3)


def test_progress_goes_to_standard_error(api: FakeApi, call: Run) -> None:
    def work(progress: Any) -> None:
        progress.note(Words("Something to know.", "알아 둘 것."))
        progress.epoch_begin(1, 1, 1)
        progress.epoch_end(_row(1, 0.1))

    api.during = work
    for extra in ([], ["--json"]):
        _status, out, err = call("train", "digits", *extra)
        assert "Something to know." in err
        assert "1/1" in err
        assert "Something to know." not in out
