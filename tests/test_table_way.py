"""The whole way of a table: from a CSV to a run that is evaluated once, predicts, resumes and repeats itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import hakseup
from hakseup import recipes
from hakseup.api import tables as api_tables
from hakseup.cli import main
from hakseup.data import mapped, table_rows
from hakseup.errors import CallError, DataError, RunError
from hakseup.evaluation import tables
from hakseup.progress import Silence
from hakseup.report.numbers import number
from hakseup.runs.folder import CALIBRATION, RunFolder
from hakseup.words import Words, speak

QUICK = {"training.epochs": 40, "network.members": 4, "network.width": 16}
FEW = {**QUICK, "training.epochs": 6}  # where nobody asks how well it has learned


def flowers(path: Path, n: int = 240, seed: int = 0) -> Path:
    """Three kinds that follow from two numbers and a category; a column of names, and some cells missing."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n)
    length = rng.normal(3 * kind, 0.5).round(2)
    width = rng.normal(0, 1, n).round(2)
    ground = np.where(rng.random(n) < 0.9, np.array(["모래", "흙", "바위"])[kind], "물")
    rows = ["이름,길이,너비,땅,종류"]
    for i in range(n):
        cells = [f"꽃-{i:04d}-{rng.integers(1e9)}", length[i], width[i] if i % 7 else "", ground[i]]
        rows.append(",".join(map(str, [*cells, ["가", "나", "다"][kind[i]]])))
    path.write_text("\n".join(rows) + "\n", "cp949")
    return path


def prices(path: Path, n: int = 300, seed: int = 0) -> Path:
    """A skewed positive price that follows from a size and a district."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(20, 200, n).round(1)
    district = rng.choice(["north", "south", "east"], n)
    factor = np.array([{"north": 1.0, "south": 1.6, "east": 0.7}[d] for d in district])
    price = (900 * size * factor * np.exp(rng.normal(0, 0.1, n))).round()
    lines = [f"{s},{d},{int(p)}" for s, d, p in zip(size, district, price, strict=True)]
    path.write_text("size,district,price\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def test_what_is_said_before_a_training_is_said_while_the_run_is_held(tmp_path: Path) -> None:
    """Looking for leaks takes a while: meanwhile nobody may take the run for one that was stopped."""
    held = []

    class Hears(Silence):
        def note(self, words: Words) -> None:
            held.extend(folder.is_held() for folder in map(RunFolder, (tmp_path / "runs").glob("*")))

    api_tables.begin(
        recipes.load("table"), str(flowers(tmp_path / "a.csv")), tmp_path / "runs", Hears(), None
    )
    assert held and all(held)


@pytest.mark.drawn
def test_classes_from_a_korean_table(tmp_path: Path) -> None:
    data = flowers(tmp_path / "꽃.csv")
    run = hakseup.train(str(data), settings=QUICK, out=tmp_path / "runs")
    source = json.loads((run.path / "source.json").read_text("utf-8"))
    roles = {c["name"]: c["role"] for c in source["columns"]}
    assert roles == {
        "이름": "left out",
        "길이": "number",
        "너비": "number",
        "땅": "category",
        "종류": "target",
    }
    assert source["task"] == "classes" and any("cp949" in note["en"] for note in source["notes"])
    assert run.summary["validation"]["accuracy"] > 0.8 and run.summary["rows_per_second"] > 0
    details = json.loads((run.path / "table.json").read_text("utf-8"))
    assert details["importance"]["columns"][0]["name"] in ("길이", "땅")
    model = tables.load(run.folder, *run.module())
    frame = run.read_table(Silence()).table.frame[:20]
    for name in ("길이", "땅"):  # the short way to change a column comes to the same, several times over too
        cells = pl.concat([frame[name].reverse(), frame[name].shift(1)])
        whole = [model(frame.with_columns(cells[:20])), model(frame.with_columns(cells[20:]))]
        np.testing.assert_allclose(model.changing(frame)(name, cells), np.concatenate(whole), atol=1e-6)
    result = run.evaluate()
    assert result["opened"] == 1 and result["test"]["accuracy"] > 0.8
    assert set(result["baselines"]) == {"majority", "logistic", "boosting"}
    low, high = result["interval"]["accuracy"]
    assert low < result["test"]["accuracy"] <= high
    rows = pl.read_parquet(run.path / "predictions-test.parquet")
    assert len(rows) == result["n"] == source["counts"]["test"]
    assert float((rows["truth"] == rows["label"]).mean()) == pytest.approx(result["test"]["accuracy"])
    assert hakseup.open_run(run.path).evaluate()["opened"] == 2


@pytest.mark.drawn
def test_numbers_come_in_their_own_unit_with_an_interval(tmp_path: Path) -> None:
    data = prices(tmp_path / "homes.csv")
    run = hakseup.train(str(data), settings={**QUICK, "training.epochs": 80}, out=tmp_path / "runs")
    result = run.evaluate()
    assert result["test"]["r2"] > 0.8 and result["test"]["rmse"] < 60_000
    with speak("en"):
        assert f"Test: RMSE {number(result['test']['rmse'])} on {result['n']} rows (95%" in run._repr_html_()
    assert set(result["baselines"]) == {"mean", "ridge", "boosting"}
    new = tmp_path / "new.csv"
    new.write_text("district,size,extra\nnorth,100,1\nsouth,100,2\nwest,100,3\n", "utf-8")
    out = run.predict(str(new))
    values = [row["value"] for row in out["predictions"]]
    assert [row["input"] for row in out["predictions"]] == [1, 2, 3]
    assert 60_000 < values[0] < 130_000 and values[1] > values[0]
    assert all(
        low < value < high for value, (low, high) in ((r["value"], r["interval"]) for r in out["predictions"])
    )
    assert out["unseen"] == {"district": 1}
    assert any("extra" in note["en"] for note in out["notes"])
    said = json.loads((run.path / CALIBRATION).read_text("utf-8"))  # as of few validated rows
    (run.path / CALIBRATION).write_text(json.dumps({**said, "band": None, "level": None}), "utf-8")
    out = hakseup.open_run(run.path).predict(str(new))
    assert out["predictions"][0]["interval"] is None and "without an interval" in str(out["notes"])


def test_predictions_stand_beside_the_rows(tmp_path: Path) -> None:
    data = flowers(tmp_path / "a.csv")
    run = hakseup.train(str(data), settings=FEW, out=tmp_path / "runs")
    for name in ("out.csv", "out.parquet"):
        said = run.predict(str(data), out=tmp_path / name)
        assert said["n"] == 240 and "predictions" not in said
        read = pl.read_csv if name.endswith("csv") else pl.read_parquet
        rows = read(tmp_path / name)
        assert rows["이름"].to_list() == pl.read_csv(data, encoding="cp949")["이름"].to_list()
        assert {"label", "probability", "p:가", "p:나", "p:다"} < set(rows.columns)
        total = rows["p:가"] + rows["p:나"] + rows["p:다"]
        np.testing.assert_allclose(total.to_numpy(), 1, atol=1e-6)
    # What Parquet holds and a text file cannot is written as text.
    lists = pl.read_csv(data, encoding="cp949").with_columns(seen=pl.lit([1, 2]), long=pl.duration(minutes=3))
    lists.write_parquet(tmp_path / "lists.parquet")
    run.predict(str(tmp_path / "lists.parquet"), out=tmp_path / "lists.csv")
    assert pl.read_csv(tmp_path / "lists.csv").select("seen", "long").row(0) == ("[1, 2]", "0:03:00")
    listed = run.predict(str(data))["predictions"]
    assert [row["label"] for row in listed] == rows["label"].to_list()
    # Where there is nothing to write, the file of an earlier call stays.
    before = (tmp_path / "out.csv").read_bytes()
    none = tmp_path / "none.csv"
    none.write_bytes(data.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(DataError):
        run.predict(str(none), out=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == before
    # A calibration that nobody can reckon with is said to be damaged.
    kept = run.folder.json(CALIBRATION)
    for key, value in (
        ("calibration", {**kept["calibration"], "temperature": "warm"}),
        ("threshold", {"value": "x"}),
    ):
        run.folder.write_json(CALIBRATION, {**kept, key: value})
        with pytest.raises(RunError, match="damaged"):
            run.predict(str(data))


def test_other_columns_are_told_line_by_line(tmp_path: Path) -> None:
    run = hakseup.train(str(prices(tmp_path / "p.csv")), settings=FEW, out=tmp_path / "runs")
    other = tmp_path / "other.csv"
    other.write_text("Size,price\n1,2\n3,4\n", "utf-8")
    with pytest.raises(DataError) as caught:
        run.predict(str(other))
    text = caught.value.message.en
    assert "- size (" in text and "is it 'Size'?" in text and "- district" in text


def test_the_same_call_and_the_saved_recipe_give_the_same_weights(tmp_path: Path) -> None:
    data = str(flowers(tmp_path / "a.csv"))
    first, second = (hakseup.train(data, settings=FEW, out=tmp_path / "runs") for _ in range(2))
    third = hakseup.train(first.path / "recipe.toml", out=tmp_path / "runs")
    weights = [(run.path / "weights.safetensors").read_bytes() for run in (first, second, third)]
    assert weights[0] == weights[1] == weights[2]


def test_going_on_is_going_on(tmp_path: Path) -> None:
    data = str(prices(tmp_path / "p.csv"))
    run = hakseup.train(data, settings=FEW, out=tmp_path / "runs")
    again = hakseup.resume(run.path, epochs=9)
    assert len(again.history) == 9 and again.summary["epochs"] == 9


def test_layers_in_the_keras_vocabulary(tmp_path: Path) -> None:
    layers = ["Dense(8, activation='relu')", "Dense(3, activation='softmax')"]
    data = str(flowers(tmp_path / "a.csv"))
    settings = {"training.epochs": 30, "training.batch_size": 16, "training.learning_rate": 0.01}
    run = hakseup.train(data, network=layers, settings=settings, out=tmp_path / "runs")
    assert run.summary["validation"]["accuracy"] > 0.8
    assert run.network is not None and run.network.parameters == run.summary["parameters"]
    with pytest.raises(CallError, match="for pictures"):
        hakseup.train(data, recipe="fast", out=tmp_path / "runs")


def test_settings_of_the_other_kind_of_data_are_refused(tmp_path: Path) -> None:
    data = str(prices(tmp_path / "p.csv"))
    for call in (hakseup.train, hakseup.look, hakseup.crossval):
        with pytest.raises(CallError, match=r"augmentation\.shift has no effect on a table"):
            call(data, settings={"augmentation.shift": 2})
    with pytest.raises(CallError, match=r"data\.target has no effect on pictures"):
        hakseup.train("digits", settings={"data.target": "x"}, out=tmp_path)


def test_class_weights_belong_to_classes(tmp_path: Path) -> None:
    balanced = {**QUICK, "training.class_weight": "balanced"}
    for call in (hakseup.train, hakseup.crossval):
        with pytest.raises(CallError, match=r"training\.class_weight has no effect"):
            call(str(prices(tmp_path / "p.csv")), settings=balanced)
    data, few = tmp_path / "few.csv", np.random.default_rng(0)
    x = few.normal(size=400)
    rare = (x + few.normal(size=400) > 1.9).astype(int)
    data.write_text(
        "x,y\n" + "\n".join(f"{a:.3f},{'가나'[b]}" for a, b in zip(x, rare, strict=True)), "utf-8"
    )
    losses = [
        hakseup.train(str(data), settings=settings, out=tmp_path / "runs").scores["validation"]["metrics"][
            "loss"
        ]
        for settings in (QUICK, balanced)
    ]
    assert losses[1] > losses[0] + 0.05  # probabilities of the rare class are raised on purpose


def test_runs_are_listed_and_those_with_classes_compared(tmp_path: Path) -> None:
    data = str(flowers(tmp_path / "a.csv"))
    first = hakseup.train(data, settings=FEW, out=tmp_path / "runs")
    second = hakseup.train(data, settings={**FEW, "training.learning_rate": 0.0005}, out=tmp_path / "runs")
    assert hakseup.compare([first, second])["pairs"]
    number = hakseup.train(str(prices(tmp_path / "p.csv")), settings=FEW, out=tmp_path / "runs")
    assert {row["state"] for row in hakseup.runs(tmp_path / "runs")} == {"done"}
    (pair,) = hakseup.compare([first, number])["pairs"]
    assert pair["part"] is None and pair["n"] is None  # other data, another task: they are not held together
    with pytest.raises(CallError, match="no list of layers"):
        hakseup.draw(first, tmp_path / "a.svg")


def test_looking_at_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(flowers(tmp_path / "a.csv"))
    assert main(["look", data, "--html", str(tmp_path / "look.html"), "--lang", "ko"]) == 0
    said = capsys.readouterr().out
    assert "종류" in said and "길이" in said
    assert "</html>" in (tmp_path / "look.html").read_text("utf-8")
    constant = tmp_path / "c.csv"
    constant.write_text("x,y\n" + "\n".join(f"{i},1" for i in range(20)) + "\n", "utf-8")
    assert main(["look", str(constant), "--json"]) == 0
    assert main(["train", str(constant), "--json"]) == 1


def test_frames_of_python(tmp_path: Path) -> None:
    frame = pl.read_csv(prices(tmp_path / "p.csv"))
    run = hakseup.train(frame, settings=FEW, out=tmp_path / "runs")
    with pytest.raises(RunError, match="no longer here"):
        hakseup.open_run(run.path).evaluate()
    assert hakseup.open_run(run.path, data=frame).evaluate()["opened"] == 1
    assert run.predict(frame.drop("price"))["n"] == 300


def test_the_target_of_the_test_rows_is_not_there_before_evaluate(tmp_path: Path) -> None:
    run = hakseup.train(str(prices(tmp_path / "p.csv")), settings=FEW, out=tmp_path / "runs")
    table = run.read_table(Silence())
    assert table.table.frame["price"][table.split.test].null_count() == len(table.split.test)
    assert np.isnan(table.labels.values[table.split.test]).all()


def test_folds_score_what_they_never_saw(tmp_path: Path) -> None:
    data = str(flowers(tmp_path / "a.csv"))
    found = hakseup.crossval(data, settings=QUICK, k=3)
    assert len(found["folds"]) == 3 and not found["at_once"] and "opened" not in found
    assert found["mean"]["accuracy"] == pytest.approx(np.mean([f["accuracy"] for f in found["folds"]]))
    low, high = found["interval"]["accuracy"]
    assert low <= found["mean"]["accuracy"] <= high and found["mean"]["accuracy"] > 0.7
    rows = hakseup.crossval(data, settings=QUICK, k=3, all_rows=True)
    assert rows["opened"] == 1 and rows["n"] == 240 > found["n"]
    number = hakseup.crossval(str(prices(tmp_path / "p.csv")), settings=QUICK, k=2, all_rows=True)
    assert number["opened"] == 1 and number["mean"]["r2"] > 0.5


def test_small_networks_train_all_folds_at_once(tmp_path: Path) -> None:
    layers = ["Dense(8, activation='relu')", "Dense(3, activation='softmax')"]
    settings = {"network.layers": layers, "training.epochs": 30, "stopping.restore_best": False}
    settings |= {"training.batch_size": 16, "training.learning_rate": 0.01, "training.optimizer": "adam"}
    settings |= {"training.weight_decay": 0.0, "preparation.rare": 1}
    found = hakseup.crossval(str(flowers(tmp_path / "a.csv")), settings=settings, k=4, repeats=2)
    assert found["at_once"] and len(found["folds"]) == 8 and found["mean"]["accuracy"] > 0.8
    # What a recipe does with few rows takes steps of its own: then the folds train in turn, as a training would.
    few = {**settings, "training.epochs": 1, "training.small_below": 1000, "training.small_steps": 30}
    assert not hakseup.crossval(str(tmp_path / "a.csv"), settings=few, k=2)["at_once"]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(prices(tmp_path / "p.csv"))
    sets = [word for key, value in FEW.items() for word in ("--set", f"{key}={value}")]
    assert main(["train", data, "--target", "price", *sets, "--out", str(tmp_path / "r"), "--json"]) == 0
    run = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert run["rows_per_second"] > 0 and "rmse" in run["validation"]
    assert main(["evaluate", run["run"], "--lang", "ko"]) == 0
    said = capsys.readouterr().out
    assert "릿지 회귀" in said and "처음 열었습니다" in said
    assert main(["predict", run["run"], data]) == 0
    assert "90% interval" in capsys.readouterr().out
    assert main(["crossval", data, "-k", "3", *sets, "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"folds", "mean", "std", "interval", "total_seconds"} <= set(found)
    assert main(["train", data, "--target", "prise", "--out", str(tmp_path / "r"), "--json"]) == 2
    error = json.loads(capsys.readouterr().out.splitlines()[-1])["error"]
    assert "price" in error["hint"]


def test_a_large_table_is_read_from_the_disk_and_learns_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = flowers(tmp_path / "flowers.csv")
    settings = {**QUICK, "training.epochs": 3}
    in_memory = hakseup.train(str(data), settings=settings, out=tmp_path / "runs")
    monkeypatch.setattr(table_rows.cache, "LARGE", 1)
    monkeypatch.setattr(mapped, "LARGE", 1)
    monkeypatch.setattr(table_rows, "BLOCK", 100)
    read, take = [], mapped.Reading.take

    def noted(self: mapped.Reading, rows: np.ndarray) -> np.ndarray:
        read.append(self.apart)
        return take(self, rows)

    monkeypatch.setattr(mapped.Reading, "take", noted)
    from_disk = hakseup.train(str(data), settings=settings, out=tmp_path / "runs")
    assert any(read)
    first, second = ((run.path / "weights.safetensors").read_bytes() for run in (in_memory, from_disk))
    assert first == second
    assert not list(table_rows.cache.home().glob(".rows*"))  # nothing is left there


def test_where_the_disk_is_full_the_rows_stay_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_rows.cache, "LARGE", 1)
    monkeypatch.setattr(table_rows.tempfile, "TemporaryDirectory", _full)
    frame = pl.DataFrame({"a": [1.0, 2.0, 3.0]})
    with table_rows.every_row(lambda f: f.to_numpy().astype(np.float32)[:, None, None], frame, ()) as rows:
        assert rows.images.ravel().tolist() == [1, 2, 3] and not isinstance(rows.images, np.memmap)


def _full(**_settings: object) -> None:
    raise OSError(28, "No space left on device")
