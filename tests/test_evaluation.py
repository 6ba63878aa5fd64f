"""Predicting, validation results and `evaluate`, on pictures so simple that the right answer is known."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.metrics import log_loss

from hakseup.data.labels import Labels
from hakseup.data.pictures import PART_CODE, Pictures
from hakseup.data.preparation import Preparation
from hakseup.data.split import Split, split
from hakseup.errors import NetworkError, RunError, SealError
from hakseup.evaluation import mistakes, predictions
from hakseup.evaluation.evaluate import evaluate, validation_results
from hakseup.evaluation.predict import Rows, predict_proba
from hakseup.progress import Silence
from hakseup.runs import ledger
from hakseup.runs.folder import MISTAKES, RUN, SCORES, RunFolder
from hakseup.settings import DataSettings, PreparationSettings, SplitSettings
from hakseup.sources.found import ClassName
from hakseup.words import Words

K, SIDE = 3, 12


class Opened(Exception):
    """Somebody read the labels of the test part."""


def bars(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures with a bright third: left, middle or right is the class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % K
    images = rng.integers(0, 60, (n, SIDE, SIDE, 1), dtype=np.uint8)
    for i, c in enumerate(labels):
        images[i, :, 4 * c : 4 * c + 4] += 150
    return images, labels


class Brightest(torch.nn.Module):
    """Knows the answer: the mean of each third, times ten. Dropout shows whether it is in evaluation mode."""

    def __init__(self, blind: int | None = None) -> None:
        super().__init__()
        self.drop = torch.nn.Dropout(0.9)
        self.weight = torch.nn.Parameter(torch.tensor(10.0))
        self.blind = blind

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        thirds = self.drop(x).mean(1).unfold(2, 4, 4).mean((1, 3)) * self.weight  # (b, 3)
        if self.blind is not None:
            thirds = thirds.clone()
            thirds[:, self.blind] = -5
        return thirds


@dataclasses.dataclass
class Case:
    folder: RunFolder
    pictures: Pictures
    split: Split
    labels: Labels
    preparation: Preparation

    def data(self) -> tuple[RunFolder, Pictures, Split, Labels]:
        return self.folder, self.pictures, self.split, self.labels


def make(tmp_path: Path, *, reader_raises: bool = False) -> Case:
    """90 training pictures and an official test part of 30, whose reader may raise."""
    images, truth = bars(120)
    test = np.arange(90, 120)

    def reader() -> np.ndarray:
        if reader_raises:
            raise Opened
        return truth[test]

    values = truth.copy()
    values[test] = -1
    official = np.full(120, PART_CODE["train"], np.int8)
    official[test] = PART_CODE["test"]
    pictures = Pictures(
        source="arrays",
        name="bars",
        format="arrays",
        images=images,
        labels=Labels(values, ((test, reader),)),
        classes=tuple(ClassName(key, Words(key, key)) for key in ("왼쪽", "가운데", "오른쪽")),
        keys=np.arange(120, dtype=np.int64).repeat(2).view("V16"),
        official=official,
        where=[f"그림/{i}.png" for i in range(120)],
    )
    parts, labels = split(pictures, SplitSettings(), seed=0)
    folder = RunFolder.create(tmp_path, "bars")
    folder.write_json(
        RUN, {"format": 1, "seed": 0, "data": {"name": "bars", "test_id": "bars-test", "sha256": "s"}}
    )
    preparation = Preparation.fitted(pictures, parts.train, DataSettings(), PreparationSettings("unit"))
    return Case(folder, pictures, parts, labels, preparation)


class Counter(Silence):
    """Counts what it hears."""

    def __init__(self) -> None:
        self.done = 0
        self.open = 0

    def begin(self, what: Words, total: int | None, unit: str) -> None:
        self.open += 1

    def advance(self, amount: int) -> None:
        self.done += amount

    def end(self) -> None:
        self.open -= 1


# ---- predicting


def small_cnn() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(8 * 10 * 10, K),
    )


def test_predicting_does_not_depend_on_the_batches(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn()
    images = case.pictures.images[:50]
    whole = predict_proba(module, images, case.preparation)
    assert whole.shape == (50, K)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole.sum(1), 1, rtol=1e-5)
    for batch_size in (1, 7, 50):
        found = predict_proba(module, images, case.preparation, batch_size=batch_size)
        np.testing.assert_allclose(found, whole, atol=1e-6)
    # and is what the module says of the prepared pictures
    module.eval()
    with torch.no_grad():
        x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
        np.testing.assert_allclose(module(x).softmax(1), whole, atol=1e-5)


def test_rows_of_a_memory_map_in_the_order_asked(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn()
    np.save(tmp_path / "x.npy", case.pictures.images)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    index = np.array([5, 3, 99, 3])
    heard = Counter()
    found = predict_proba(module, Rows(mapped, index), case.preparation, batch_size=2, progress=heard)
    expected = predict_proba(module, case.pictures.images, case.preparation)[index]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert (heard.done, heard.open) == (4, 0)
    assert predict_proba(module, mapped[:0], case.preparation).shape == (0, K)


def test_predicting_keeps_the_mode_of_every_part(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn()
    module.train()
    module[1].eval()  # frozen on purpose
    before = {k: v.clone() for k, v in module.state_dict().items()}
    predict_proba(module, case.pictures.images, case.preparation)
    assert [part.training for part in module] == [True, False, True, True, True]
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())
    module[4].register_forward_hook(lambda *_: (_ for _ in ()).throw(KeyError("broken")))
    with pytest.raises(KeyError):
        predict_proba(module, case.pictures.images, case.preparation)
    assert module.training


class Constant(torch.nn.Module):
    def __init__(self, *values: float) -> None:
        super().__init__()
        self.values = torch.tensor(values)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.values.repeat(len(x), 1)


def test_a_single_sigmoid_gives_two_columns(tmp_path: Path) -> None:
    case = make(tmp_path)
    images = case.pictures.images[:2]
    found = predict_proba(Constant(2.0), images, case.preparation, final="sigmoid")
    p = 1 / (1 + np.exp(-2.0))
    np.testing.assert_allclose(found, [[1 - p, p]] * 2, rtol=1e-6)
    sure = predict_proba(Constant(60.0), images, case.preparation, final="sigmoid")
    assert 0 < sure[0, 0] < 1e-20  # not rounded to 0
    with pytest.raises(NetworkError) as caught:
        predict_proba(Constant(2.0), images, case.preparation)
    assert caught.value.code == "one-output"


def test_broken_networks_are_errors(tmp_path: Path) -> None:
    case = make(tmp_path)
    for module, code in (
        (Constant(0.0, float("nan"), 0.0), "not-a-number"),
        (torch.nn.Identity(), "output-shape"),
    ):
        with pytest.raises(NetworkError) as caught:
            predict_proba(module, case.pictures.images, case.preparation)
        assert caught.value.code == code


def test_bf16_is_near(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn()
    full = predict_proba(module, case.pictures.images, case.preparation)
    half = predict_proba(module, case.pictures.images, case.preparation, precision="bf16")
    assert half.dtype == np.float32
    np.testing.assert_allclose(half, full, atol=0.02)
    assert not np.array_equal(half, full)


# ---- validation, and the seal


def test_nothing_before_evaluate_reads_the_test_labels(tmp_path: Path) -> None:
    case = make(tmp_path, reader_raises=True)
    validation_results(*case.data(), Brightest(), case.preparation)
    assert case.folder.predictions_file("validation").is_file()
    assert ledger.count("bars-test") == 0
    with pytest.raises(SealError):
        case.labels.of(case.split.test)
    with pytest.raises(Opened):  # the reader does raise: the test above can fail
        evaluate(*case.data(), Brightest(), case.preparation)
    assert ledger.count("bars-test") == 1  # and the attempt is on record


def test_validation_results(tmp_path: Path) -> None:
    case = make(tmp_path)
    found = validation_results(*case.data(), Brightest(blind=2), case.preparation)
    truth = case.labels.of(case.split.validation)
    each = len(truth) // K
    assert found["n"] == len(truth) == 9
    assert found["confusion"][0][0] == each
    assert found["confusion"][2][2] == 0
    assert found["metrics"]["accuracy"] == pytest.approx(2 / 3)
    assert case.folder.json(SCORES) == {"validation": json.loads(json.dumps(found))}

    frame = predictions.read(case.folder, "validation")
    keys = ["왼쪽", "가운데", "오른쪽"]
    assert frame.columns == ["index", "where", "truth", "label", "probability", *(f"p:{k}" for k in keys)]
    assert frame.schema["index"] == pl.Int64
    assert frame.schema["p:왼쪽"] == pl.Float32
    assert frame["index"].to_list() == case.split.validation.tolist()
    assert frame["where"][0] == f"그림/{case.split.validation[0]}.png"
    p = frame.select([f"p:{k}" for k in keys]).to_numpy()
    assert log_loss(truth, p, labels=range(K)) == pytest.approx(found["metrics"]["loss"], rel=1e-5)
    assert frame["label"].to_list() == [keys[i] for i in p.argmax(1)]
    np.testing.assert_allclose(frame["probability"].to_numpy(), p.max(1))

    arrays = case.folder.arrays(MISTAKES)
    assert len(arrays["validation_pictures"]) == each
    assert (arrays["validation_truth"] == 2).all()
    assert (np.diff(arrays["validation_probability"]) <= 0).all()
    place = int(Path(str(arrays["validation_where"][0])).stem)
    np.testing.assert_array_equal(arrays["validation_pictures"][0], case.pictures.images[place])
    assert arrays["samples_probabilities"].shape == (9, K)
    assert arrays["examples_pictures"].shape == (K, 8, SIDE, SIDE, 1)
    rows = case.split.train[case.labels.of(case.split.train) == 1]
    expected = case.pictures.images[rows].mean(0)
    np.testing.assert_allclose(arrays["examples_mean"][1], expected, atol=0.51)


# ---- evaluate


def test_evaluate_scores_the_test_part_beside_the_baselines(tmp_path: Path) -> None:
    case = make(tmp_path)
    validation_results(*case.data(), Brightest(), case.preparation)
    found = evaluate(*case.data(), Brightest(), case.preparation)
    assert found["run"] == str(case.folder.path)
    assert found["n"] == 30
    assert found["test"]["accuracy"] == 1
    assert found["interval"]["accuracy"] == pytest.approx([0.8865, 1], abs=1e-4)
    assert found["opened"] == 1
    assert found["baselines"]["majority"]["accuracy"] == pytest.approx(1 / 3)
    assert found["baselines"]["majority"]["loss"] == pytest.approx(np.log(3), rel=1e-3)
    assert found["baselines"]["linear"]["accuracy"] == 1  # the thirds are separable by a line
    assert set(found["baseline_intervals"]["linear"]) == set(found["test"])
    assert found["versus_baseline"]["name"] == "linear"
    assert found["versus_baseline"]["p_value"] == 1
    assert found["versus_baseline"]["better"] is False
    assert "same pictures" in found["versus_baseline"]["en"]
    assert found["by_class"]["왼쪽"]["n"] == 10

    kept = case.folder.json(SCORES)
    assert set(kept) == {"validation", "test"}
    assert kept["test"]["metrics"] == found["test"]
    assert kept["test"]["opened"] == 1
    assert kept["test"]["opened_at"] == ledger.openings("bars-test")[0]["when"]
    assert predictions.read(case.folder, "test")["index"].to_list() == list(range(90, 120))
    arrays = case.folder.arrays(MISTAKES)
    assert arrays["test_pictures"].shape == (0, SIDE, SIDE, 1)
    assert {"validation_pictures", "samples_pictures", "examples_mean", "test_where"} <= set(arrays)

    assert evaluate(*case.data(), Brightest(), case.preparation)["opened"] == 2
    assert case.folder.json(SCORES)["test"]["opened"] == 2
    # a training that goes on makes other weights: the scores of the old ones do not stay beside the new
    validation_results(*case.data(), Brightest(), case.preparation)
    assert set(case.folder.json(SCORES)) == {"validation"}
    assert "test_pictures" not in case.folder.arrays(MISTAKES)


def test_a_model_worse_than_the_baseline_is_told_so(tmp_path: Path) -> None:
    case = make(tmp_path)
    found = evaluate(*case.data(), Brightest(blind=1), case.preparation)["versus_baseline"]
    assert (found["model_only"], found["baseline_only"]) == (0, 10)
    assert found["p_value"] == pytest.approx(2 / 2**10)
    assert (found["better"], found["worse"]) == (False, True)
    assert "a linear model on reduced pixels is better." in found["en"]
    assert "선형 모델이 더 낫다고" in found["ko"]


def test_a_failed_prediction_opens_nothing(tmp_path: Path) -> None:
    case = make(tmp_path)
    for module in (Constant(1.0, 2.0), Constant(float("nan"), 0.0, 0.0)):
        with pytest.raises(NetworkError):
            evaluate(*case.data(), module, case.preparation)
    assert ledger.count("bars-test") == 0


def test_only_the_chosen_classes_are_scored(tmp_path: Path) -> None:
    case = make(tmp_path)
    truth = bars(120)[1]
    test = np.arange(90, 120)
    other = np.where(truth[test] == 2, -1, truth[test])  # the third class was not chosen
    values = np.where(np.isin(np.arange(120), test), -1, truth)
    keep = np.array([i for i in range(90) if truth[i] < 2])
    pictures = dataclasses.replace(case.pictures, classes=case.pictures.classes[:2])
    parts = dataclasses.replace(case.split, train=keep[:40], validation=keep[40:])
    two = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(SIDE * SIDE, 2))
    found = evaluate(
        case.folder, pictures, parts, Labels(values, ((test, lambda: other),)), two, case.preparation
    )
    assert found["n"] == 20
    assert set(found["by_class"]) == {"왼쪽", "가운데"}
    frame = predictions.read(case.folder, "test")
    assert frame["index"].to_list() == [i for i in range(90, 120) if truth[i] < 2]
    assert set(frame["truth"]) == {"왼쪽", "가운데"}
    # row by row the same as predicting those pictures alone
    alone = predict_proba(two, Rows(pictures.images, frame["index"].to_numpy()), case.preparation)
    np.testing.assert_allclose(frame["p:왼쪽"].to_numpy(), alone[:, 0], atol=1e-6)


def test_damaged_predictions_are_an_error(tmp_path: Path) -> None:
    case = make(tmp_path)
    with pytest.raises(RunError) as caught:
        predictions.read(case.folder, "test")
    assert caught.value.code == "run-incomplete"
    for content in (b"", b"PAR1 nonsense"):
        case.folder.predictions_file("test").write_bytes(content)
        with pytest.raises(RunError) as caught:
            predictions.read(case.folder, "test")
        assert caught.value.code == "run-damaged"
    pl.DataFrame({"index": [1]}).write_parquet(case.folder.predictions_file("test"))
    with pytest.raises(RunError, match="where"):
        predictions.read(case.folder, "test")


# ---- mistakes and samples


def guesses(n: int, k: int, wrong: list[int], seed: int = 0) -> dict[str, Any]:
    """n pictures of k classes; those in `wrong` are predicted as the next class, later ones more surely."""
    truth = np.arange(n) % k
    probabilities = np.full((n, k), 0.01)
    probabilities[np.arange(n), truth] = 0.9
    for place, i in enumerate(wrong):
        probabilities[i, truth[i]], probabilities[i, (truth[i] + 1) % k] = (
            0.02,
            0.5 + 0.4 * place / max(len(wrong), 1),
        )
    images = np.random.default_rng(seed).integers(0, 256, (2 * n, 6, 5, 3), dtype=np.uint8)
    index = np.arange(n) + n // 2
    return {
        "images": images,
        "index": index,
        "truth": truth,
        "probabilities": probabilities,
        "where": [f"x[{i}]" for i in range(2 * n)],
    }


def test_the_surest_mistakes_stand_first() -> None:
    case = guesses(200, 4, list(range(0, 150, 3)))  # 50 mistakes, the last the surest
    found = mistakes.worst(**case)
    assert len(found["where"]) == mistakes.MOST
    assert found["where"][0] == f"x[{147 + 100}]"
    np.testing.assert_array_equal(found["pictures"][0], case["images"][247])
    assert found["label"][0] == (found["truth"][0] + 1) % 4
    assert found["probability"][0] == pytest.approx(0.5 + 0.4 * 49 / 50)
    assert found["truth_probability"][0] == pytest.approx(0.02)
    assert (np.diff(found["probability"]) <= 0).all()


@pytest.mark.parametrize(
    ("n", "k", "wrong", "expected"), [(90, 3, 10, 9), (100, 10, 0, 10), (60, 20, 60, 9), (4, 2, 1, 4)]
)
def test_samples_are_spread_over_the_classes(n: int, k: int, wrong: int, expected: int) -> None:
    case = guesses(n, k, list(range(wrong)))
    found = mistakes.samples(**case)
    assert len(set(found["where"])) == len(found["where"]) == expected
    counts = np.bincount(found["truth"], minlength=k)
    if 0 < wrong < n:
        assert 0 < (found["truth"] != found["label"]).sum() <= max(1, expected // 3)
        assert counts.max() - counts.min() <= 1 or n < 9
    if k >= expected:
        assert counts.max() == 1
    assert found["probabilities"].shape == (expected, k)


def test_large_pictures_are_shrunk_small_ones_kept() -> None:
    x = np.random.default_rng(0).integers(0, 256, (2, 96, 40, 3), dtype=np.uint8)
    np.testing.assert_array_equal(mistakes.shrink(x), x)
    flat = np.full((3, 300, 200, 1), 77, np.uint8)
    found = mistakes.shrink(flat)
    assert found.shape == (3, 96, 64, 1)
    assert (found == 77).all()
    assert mistakes.shrink(flat[:0]).shape == (0, 96, 64, 1)


def test_examples_never_show_a_picture_twice() -> None:
    images = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1).repeat(4, 1)
    found = mistakes.examples(images, np.arange(20), np.array([0] * 17 + [1] * 3), 2)
    assert found["pictures"].shape == (2, 3, 4, 1, 1)
    assert len(set(found["pictures"][:, :, 0, 0, 0].ravel().tolist())) == 6
    assert found["mean"][:, 0, 0, 0].tolist() == [8, 18]
