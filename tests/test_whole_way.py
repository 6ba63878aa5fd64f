"""The whole way: data in, a trained, evaluated model and a report out; killed, repeated, refused."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from makers import pictures
from PIL import Image

import hakseup
from hakseup.cli import main
from hakseup.data.labels import Labels
from hakseup.errors import CallError, HakseupError, NetworkError, RunError, SealError
from hakseup.sources.found import Found

QUICK = {
    "training.epochs": 2,
    "training.min_steps": 30,
    "training.batch_size": 32,
    "training.small_below": 0,
    "network.width": 8,
}
LAYERS = [
    "Conv2D(8, 3, activation='relu')",
    "MaxPooling2D(2)",
    "Flatten()",
    "Dropout(0.2)",
    "Dense(3, activation='softmax')",
]


def folder_of_pictures(
    place: Path, n: int = 90, classes: tuple[str, ...] = ("둥근 것", "네모", "세모")
) -> Path:
    """n pictures in folders with Hangul names and a space."""
    data = pictures(n, len(classes))
    for i, label in enumerate(data.labels.values):
        target = place / classes[label] / f"{i}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(data.images[i, :, :, 0]).save(target)
    return place


def arrays(n: int = 120) -> tuple[np.ndarray, np.ndarray]:
    data = pictures(n)
    return data.images, data.labels.values


def digest(run: Path) -> str:
    return hashlib.sha256((run / "weights.safetensors").read_bytes()).hexdigest()


def command(*words: str, **extra: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hakseup", *words], capture_output=True, text=True, timeout=180, **extra
    )


def last_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return value


def answer(*words: str) -> dict[str, Any]:
    """What this call of the command line answers, in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert main(list(words)) == 0, out.getvalue()
    value: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return value


@pytest.mark.drawn
def test_from_a_folder_to_a_score_a_prediction_and_a_report(tmp_path: Path) -> None:
    data = folder_of_pictures(tmp_path / "내 그림")
    before = sorted((p, p.stat().st_mtime_ns) for p in data.rglob("*"))
    run = hakseup.train(data, settings=QUICK, out=tmp_path / "runs")
    assert run.name == "내-그림-fast-1"
    assert run.summary["epochs"] == 6 and run.summary["validation"]["accuracy"] >= 0.5
    assert "test" not in run.scores

    result = run.evaluate()
    assert result["n"] == 18 and result["opened"] == 1
    low, high = result["interval"]["accuracy"]
    assert low <= result["test"]["accuracy"] <= high and low < high
    assert {"majority", "linear"} <= result["baselines"].keys()
    assert run.evaluate()["opened"] == 2

    picture = next((data / "세모").iterdir())
    predicted = run.predict(picture)["predictions"][0]
    assert predicted["input"] == str(picture) and set(predicted["probabilities"]) == {
        "둥근 것",
        "네모",
        "세모",
    }
    assert sum(predicted["probabilities"].values()) == pytest.approx(1, abs=1e-5)

    assert run.network is not None and "conv2d (Conv2D)" in run.network.summary()
    assert hakseup.draw(run, tmp_path / "n.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in hakseup.draw(run, tmp_path / "n.svg").read_text("utf-8")
    with pytest.raises(CallError):
        hakseup.draw(run, tmp_path / "n.gif")

    html = run.report().read_text("utf-8")
    assert "둥근 것" in html and len(html) < 3_000_000
    assert "<strong>" in run._repr_html_() and "(95% interval " in run._repr_html_()
    assert before == sorted(
        (p, p.stat().st_mtime_ns) for p in data.rglob("*")
    )  # nothing of the user's changed
    names = {p.name for p in run.path.iterdir()}
    assert names >= {
        *("recipe.toml", "run.json", "source.json", "split.npz", "preparation.json", "network.json"),
        *("weights.safetensors", "history.csv", "checkpoint", "predictions-validation.parquet"),
        *(
            "predictions-test.parquet",
            "mistakes.npz",
            "scores.json",
            "status.json",
            "summary.json",
            "report.html",
        ),
    }


def test_nothing_reads_the_labels_of_the_test_part_before_evaluate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Opened(Exception):
        pass

    def raise_opened(self: Labels) -> np.ndarray:
        raise Opened

    monkeypatch.setattr(Labels, "break_seal", raise_opened)
    hakseup.look(arrays(), settings={})
    run = hakseup.train(arrays(), settings=QUICK, out=tmp_path)
    run.report()
    with pytest.raises(Opened):
        run.evaluate()


def test_an_official_test_part_is_not_read_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hakseup import sources
    from hakseup.data import whole

    read: list[str] = []

    def watched(data: Any, **options: Any) -> Found:
        import dataclasses

        found = sources_find(data, **options)

        def reader(piece: Any) -> Any:
            def labels() -> np.ndarray:
                read.append(piece.part)
                return piece.labels()

            return labels

        return dataclasses.replace(
            found, pieces=tuple(dataclasses.replace(p, labels=reader(p)) for p in found.pieces)
        )

    sources_find = sources.find
    monkeypatch.setattr(whole.sources, "find", watched)
    x, y = arrays()
    np.savez(tmp_path / "d.npz", x_train=x[:90], y_train=y[:90], x_test=x[90:], y_test=y[90:])
    run = hakseup.train(tmp_path / "d.npz", settings=QUICK, out=tmp_path)
    assert read == ["train"]
    assert run.evaluate()["n"] == 30
    assert "test" in read


def test_openings_are_counted_over_all_runs_of_the_same_test_part(tmp_path: Path) -> None:
    counts = [
        hakseup.train(arrays(), settings={**QUICK, "training.seed": seed}, out=tmp_path).evaluate()["opened"]
        for seed in (0, 1)
    ]
    other = hakseup.train(arrays(), settings={**QUICK, "split.seed": 5}, out=tmp_path).evaluate()["opened"]
    assert [*counts, other] == [1, 2, 1]


def test_the_same_call_in_a_new_process_gives_the_same_weights(tmp_path: Path) -> None:
    data = folder_of_pictures(tmp_path / "data")
    call = ["train", str(data), "--json", "--out", str(tmp_path), *sets(QUICK)]
    there, here = last_json(command(*call))["run"], answer(*call)["run"]
    assert here != there and digest(Path(here)) == digest(Path(there))
    again = answer("train", f"{there}/recipe.toml", "--json", "--out", str(tmp_path))["run"]
    assert digest(Path(again)) == digest(Path(there))  # the saved recipe repeats the run
    other = answer(*call, "--seed", "3")["run"]
    assert digest(Path(other)) != digest(Path(there))


def test_a_model_of_keras_names_is_trained_with_its_layers(tmp_path: Path) -> None:
    from hakseup.keras import Input, Model, Sequential, layers

    inner = Sequential([layers.Conv2D(8, 3, activation="relu"), layers.BatchNormalization()])
    model = Sequential([inner, layers.Flatten(), layers.Dense(3, activation="softmax", name="out")])
    slow = {**QUICK, "training.learning_rate": 0.02}
    run = hakseup.train(arrays(), settings=slow, network=model, out=tmp_path)
    said = ["Conv2D(8, 3, activation='relu')", "BatchNormalization()", "Flatten()"]
    assert run.recipe.network.layers == (*said, "Dense(3, activation='softmax', name='out')")
    start = Input((28, 28, 1))
    flat = layers.Flatten()(start)
    wrong: list[tuple[Any, str]] = [
        (Sequential([layers.Flatten(), layers.Dense(3, kernel_regularizer="l2")]), "unsupported-argument"),
        (Sequential([layers.RandomFlip(), layers.Flatten(), layers.Dense(3)]), "unknown-layer"),
        (Model(start, layers.Dense(3)(layers.add([flat, layers.Dense(784)(flat)]))), "network-with-branches"),
        ([layers.Flatten(), 5], "not-a-layer"),
        ("Dense(3)", "not-a-network"),
    ]
    for network, code in wrong:
        with pytest.raises(NetworkError) as caught:
            hakseup.train(arrays(), network=network, out=tmp_path)
        assert caught.value.code == code


def sets(settings: dict[str, Any]) -> list[str]:
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


@pytest.mark.slow  # three whole processes; tests/test_crash.py kills forked ones in every run of the suite
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")
def test_a_killed_run_resumes_to_the_same_weights(tmp_path: Path) -> None:
    data = folder_of_pictures(tmp_path / "data")
    call = [
        "train", str(data), "--json", "--out", str(tmp_path / "runs"),
        *sets({**QUICK, "training.min_steps": 400, "checkpoint.seconds": 0}),
    ]  # fmt: skip
    whole = Path(answer(*call)["run"])
    process = subprocess.Popen(
        [sys.executable, "-m", "hakseup", *call], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    killed = whole.with_name(whole.name.replace("-1", "-2"))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(killed.glob("checkpoint/*/*.safetensors")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "weights.safetensors").exists()
    assert {row["state"] for row in hakseup.runs(tmp_path / "runs")} == {"done", "stopped"}
    resumed = last_json(command("resume", str(killed), "--json"))
    assert resumed["run"] == str(killed) and digest(killed) == digest(whole)

    def rows(run: Path) -> list[str]:
        return [line.rpartition(",")[0] for line in (run / "history.csv").read_text().splitlines()]

    assert rows(killed) == rows(whole)


def test_a_finished_run_goes_on_with_more_epochs(tmp_path: Path) -> None:
    run = hakseup.train(arrays(), settings=QUICK, network=LAYERS, out=tmp_path)
    before = len(run.history)
    run.evaluate()
    assert "test" in hakseup.resume(run).scores  # finished: nothing is done, nothing is lost
    more = hakseup.resume(run, epochs=before + 2)
    page = (run.path / "report.html").read_text("utf-8")
    assert "opened before, for earlier weights" in page and "still sealed" not in page
    assert "test" not in more.scores
    assert len(more.history) == before + 2 and more.recipe.training.epochs == before + 2
    with pytest.raises(CallError) as caught:
        hakseup.resume(run, epochs=1)
    assert caught.value.code == "nothing-to-do"


def test_a_final_fit_trains_on_validation_too_and_says_so(tmp_path: Path) -> None:
    run = hakseup.train(arrays(), settings={**QUICK, "training.final_fit": True}, out=tmp_path)
    plain = hakseup.train(arrays(), settings=QUICK, out=tmp_path)
    assert digest(run.path) != digest(plain.path)
    assert run.scores["validation"] == plain.scores["validation"]  # measured before the pictures were used
    assert json.loads((run.path / "run.json").read_text())["final_fit"] is True


def test_any_module_can_be_trained_and_opened_again(tmp_path: Path) -> None:
    def make() -> torch.nn.Module:
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(144, 3))

    run = hakseup.train(arrays(), network=make(), settings=QUICK, out=tmp_path)
    assert run.evaluate()["n"] == 24
    with pytest.raises(RunError, match="Python module"):
        hakseup.open_run(run.path, data=arrays()).evaluate()
    again = hakseup.open_run(run.path, data=arrays(), network=make())
    assert again.evaluate()["test"] == run.evaluate()["test"]
    with pytest.raises(NetworkError, match="no parameters"):
        hakseup.train(arrays(), network=torch.nn.Flatten(), out=tmp_path)
    with pytest.raises(NetworkError, match="logits"):
        hakseup.train(arrays(), network=torch.nn.Conv2d(1, 3, 3), out=tmp_path)


def test_arrays_are_needed_again_in_another_process(tmp_path: Path) -> None:
    run = hakseup.train(arrays(), settings=QUICK, out=tmp_path)
    with pytest.raises(RunError) as caught:
        hakseup.open_run(run.path).evaluate()
    assert caught.value.code == "data-gone"
    assert hakseup.open_run(run.path, data=arrays()).evaluate()["n"] == 24


def test_data_that_changed_since_are_noticed(tmp_path: Path) -> None:
    data = folder_of_pictures(tmp_path / "data")
    run = hakseup.train(data, settings=QUICK, out=tmp_path)
    Image.fromarray(np.full((12, 12), 9, np.uint8)).save(data / "세모" / "more.png")
    with pytest.raises(RunError) as caught:
        hakseup.open_run(run.path).evaluate()
    assert caught.value.code == "data-changed"


def test_predictions_go_to_a_file_in_the_order_of_the_input(tmp_path: Path) -> None:
    data = folder_of_pictures(tmp_path / "data")
    run = hakseup.train(data, settings=QUICK, out=tmp_path)
    (data / "세모" / "broken.png").write_bytes(b"not a picture")
    (data / "Thumbs.db").write_bytes(b"left behind")
    for name in ("p.csv", "p.parquet"):
        result = run.predict(data, out=tmp_path / name)
        assert result["n"] == 90 and "predictions" not in result
        assert [r["input"] for r in result["refused"]] == [str(data / "세모" / "broken.png")]
        table = pl.read_csv(tmp_path / name) if name.endswith("csv") else pl.read_parquet(tmp_path / name)
        rows = run.predict(data)["predictions"]
        assert table["input"].to_list() == [r["input"] for r in rows]
        assert table["label"].to_list() == [r["label"] for r in rows]
        assert table["p:네모"].to_list() == pytest.approx(
            [r["probabilities"]["네모"] for r in rows], abs=1e-6
        )
    with pytest.raises(CallError):
        run.predict(data, out=tmp_path / "p.txt")


def test_checkpoint_files_carry_the_pattern_of_the_recipe(tmp_path: Path) -> None:
    settings = {**QUICK, "checkpoint.save": "every"}
    run = hakseup.train(arrays(), settings=settings, out=tmp_path)
    kept = sorted(p.stem for p in (run.path / "weights").iterdir())
    assert kept == [f"{int(r['epoch']):04d}-{r['val_loss']:.4f}" for r in run.history]
    improved = hakseup.train(arrays(), settings={**settings, "checkpoint.save": "improved"}, out=tmp_path)
    best, expected = float("inf"), []
    for row in improved.history:
        if row["val_loss"] < best:
            best = row["val_loss"]
            expected.append(f"{int(row['epoch']):04d}-{row['val_loss']:.4f}")
    assert sorted(p.stem for p in (improved.path / "weights").iterdir()) == expected
    with pytest.raises(CallError, match="val_los"):
        hakseup.train(arrays(), settings={"checkpoint.pattern": "{val_los}"}, out=tmp_path)


def test_a_lost_training_keeps_the_run_and_says_why(tmp_path: Path) -> None:
    with pytest.raises(HakseupError) as caught:
        hakseup.train(
            arrays(),
            settings={
                **QUICK,
                "training.learning_rate": 100,
                "training.momentum": 0.99,
                "training.schedule": "constant",
            },
            out=tmp_path,
        )
    assert caught.value.code == "diverged"
    row = hakseup.runs(tmp_path)[0]
    assert row["state"] == "diverged"


def test_class_weights_change_what_is_learned(tmp_path: Path) -> None:
    x, y = arrays(200)
    keep = np.flatnonzero((y != 0) | (np.arange(200) < 60))
    plain = hakseup.train((x[keep], y[keep]), settings=QUICK, out=tmp_path)
    weighed = hakseup.train(
        (x[keep], y[keep]), settings={**QUICK, "training.class_weight": "balanced"}, out=tmp_path
    )
    assert digest(plain.path) != digest(weighed.path)


def test_runs_and_compare(tmp_path: Path) -> None:
    made = [
        hakseup.train(arrays(), settings={**QUICK, "training.seed": seed}, out=tmp_path) for seed in (0, 1)
    ]
    history = (made[0].path / "history.csv").read_bytes()
    (made[0].path / "history.csv").write_bytes(b"\x86")
    with pytest.raises(HakseupError, match=r"history\.csv is damaged"):
        made[0].evaluate()
    (made[0].path / "history.csv").write_bytes(history)
    assert [run.evaluate()["opened"] for run in made] == [1, 2]  # the damaged folder has cost no opening
    broken = tmp_path / "broken-1"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    listed = hakseup.runs(tmp_path)
    assert {row["name"]: row["state"] for row in listed} == {
        "arrays-fast-1": "done", "arrays-fast-2": "done", "broken-1": "damaged",
    }  # fmt: skip
    compared = hakseup.compare([run.path for run in made])
    assert len(compared["runs"]) == 2 and len(compared["pairs"]) == 1


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        (["Conv2D(8, 30)", "Flatten()", "Dense(3)"], "Conv2D"),
        (["Flatten()", "Dense(5, activation='softmax')"], "5"),
        (["Dense(3"], "Dense"),
        (["Desne(3)"], "Dense"),
        (["__import__('os')"], "import"),
        (["Rescaling(1/255)", "Flatten()", "Dense(3)"], "scaled twice"),
        (["Input((12, 12, 1))", "Rescaling(1/127.5, offset=-1)", "Flatten()", "Dense(3)"], "scaled twice"),
    ],
)
def test_a_network_that_does_not_fit_is_an_error_before_training(
    tmp_path: Path, layers: list[str], says: str
) -> None:
    with pytest.raises(HakseupError, match=says):
        hakseup.train(arrays(), network=layers, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_a_sentence_and_nothing_half_written_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="No space left"):
        hakseup.train(arrays(), settings=QUICK, out=tmp_path)


def test_a_ledger_that_cannot_be_written_keeps_the_seal_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = hakseup.train(arrays(), settings=QUICK, out=tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("HAKSEUP_HOME", str(blocked))
    with pytest.raises(SealError):
        run.evaluate()
    assert "test" not in run.scores


def test_every_public_name_can_be_called_whatever_was_imported_before(tmp_path: Path) -> None:
    import hakseup.report.page
    import hakseup.runs.folder

    assert all(callable(getattr(hakseup, name)) for name in hakseup.__all__ if name != "__version__")
    assert hakseup.runs(tmp_path) == []
    run = hakseup.train(arrays(), settings=QUICK, out=tmp_path)
    assert hakseup.report(run) == run.path / "report.html"
    with pytest.raises(AttributeError, match="trian"):
        hakseup.trian  # noqa: B018


def test_who_says_how_many_epochs_gets_as_many(tmp_path: Path) -> None:
    run = hakseup.train(arrays(), settings={"training.epochs": 2, "network.width": 8}, out=tmp_path)
    assert len(run.history) == run.recipe.training.epochs == 2
    longer = hakseup.resume(run, epochs=3)
    steps = {row["epoch"]: row for row in longer.history}
    assert len(steps) == 3 and longer.recipe.training.min_steps == 0
