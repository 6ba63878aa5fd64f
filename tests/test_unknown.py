"""“I do not know”: empty and strange pictures get it, and pictures like the training ones only as often as stated."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy.stats import binom
from sklearn.covariance import LedoitWolf
from test_evaluation import Opened, make, small_cnn
from test_whole_way import QUICK, arrays, folder_of_pictures

import hakseup
from hakseup.errors import CallError, DataError, RunError
from hakseup.evaluation import unknown, watching
from hakseup.evaluation.alarms import Alarms
from hakseup.evaluation.evaluate import validation_results
from hakseup.runs import ledger
from hakseup.runs.folder import RunFolder
from hakseup.settings import AugmentationSettings

DIGITS = {"training.epochs": 4, "training.min_steps": 40, "network.width": 8}


# ---- the rule


@pytest.mark.parametrize(("n", "asked"), [(19, 0.1), (99, 0.01), (143, 0.01), (500, 0.05)])
def test_the_stated_rate_holds_on_pictures_of_the_same_kind(n: int, asked: float) -> None:
    rng = np.random.default_rng(n)
    trials, refused = 4000, 0
    for _ in range(trials):
        scores = rng.exponential(size=n + 1) ** 3  # heavy tails: the rule knows nothing of the distribution
        alarms = Alarms(np.sort(scores[:n]), asked)
        refused += int(alarms.refused(scores[n:])[0])
    assert alarms.counted and alarms.rate is not None and alarms.rate <= asked
    low, high = binom.ppf([0.0005, 0.9995], trials, alarms.rate)
    assert low <= refused <= high


def test_the_interval_of_the_rate_is_where_single_models_lie() -> None:
    rng = np.random.default_rng(0)
    alarms = Alarms(np.sort(rng.random(143)), 0.02)
    assert alarms.interval is not None
    # uniform scores: the rate of one model is what lies above its threshold
    rates = []
    for _ in range(4000):
        known = np.sort(rng.random(143))
        rates.append(1 - known[-2])  # 0.02 x 144 = 2.88: two of 144 may be above
    np.testing.assert_allclose(np.quantile(rates, [0.025, 0.975]), alarms.interval, rtol=0.15)
    assert alarms.rate == pytest.approx(2 / 144)


@pytest.mark.parametrize("n", [3, 6, 30])
def test_with_few_pictures_the_bell_curve_serves_and_it_is_said(n: int) -> None:
    rng = np.random.default_rng(1)
    trials, refused = 6000, 0
    for _ in range(trials):
        scores = np.exp(rng.normal(0.2, 0.3, n + 1))
        refused += int(Alarms(np.sort(scores[:n]), 0.01).refused(scores[n:])[0])
    low, high = binom.ppf([0.0005, 0.9995], trials, 0.01)
    assert refused <= high
    assert n == 3 or refused >= low  # with three, spreads that are small by luck count as 0.1: fewer alarms
    alarms = Alarms(np.ones(n, np.float32), 0.01)
    assert not alarms.counted and alarms.interval is None and alarms.rate == 0.01
    assert "bell curve" in alarms.words().en and "정규 분포" in alarms.words().ko
    assert alarms.refused(np.array([1.0, 1e9])).tolist() == [False, True]


@pytest.mark.parametrize(("n", "between", "within"), [(6, 0.3, 0.3), (6, 0.12, 0.5), (20, 0.4, 0.1)])
def test_views_of_few_pictures_keep_the_rate_too(n: int, between: float, within: float) -> None:
    rng = np.random.default_rng(n)
    trials, refused = 6000, 0
    for _ in range(trials):  # a picture has its own distance, and each view of it another
        pictures = rng.normal(0, between, (n + 1, 1))
        scores = np.exp(pictures + rng.normal(0, within, (n + 1, 25)))
        refused += int(Alarms(scores[:n], 0.01).refused(scores[n:, 0])[0])
    # never more than stated; fewer where views differ more than pictures do, since six have no more degrees of freedom
    assert refused <= binom.ppf(0.9995, trials, 0.01)
    assert refused > 0
    alarms = Alarms(np.ones((n, 25), np.float32), 0.01)
    assert alarms.n == n and not alarms.counted and "in the ways of the augmentation" in alarms.words().en


def test_many_pictures_beside_many_views_take_little_memory() -> None:
    import tracemalloc

    rng = np.random.default_rng(0)
    known, scores = rng.random((20, 50)).astype(np.float32), rng.random(50_000).astype(np.float32)
    tracemalloc.start()
    found = Alarms(known, 0.1).p_values(scores)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6
    naive = (1 + (known >= scores[:100, None, None]).mean(2).sum(1)) / 21
    np.testing.assert_allclose(found[:100], naive)


def test_views_are_counted_by_their_pictures_where_these_are_enough() -> None:
    rng = np.random.default_rng(3)
    trials, refused = 3000, 0
    for _ in range(trials):
        scores = np.exp(rng.normal(0, 0.4, (40, 1)) + rng.normal(0, 0.3, (40, 10)))
        alarms = Alarms(scores[:39], 0.1)
        refused += int(alarms.refused(scores[39:, 0])[0])
    assert alarms.counted and alarms.rate == pytest.approx(4 / 40)
    assert 0.06 < refused / trials <= 0.115


def test_two_pictures_promise_no_rate_that_nothing_could_reach() -> None:
    few, some = Alarms(np.array([0.9, 1.1], np.float32), 0.01), Alarms(np.linspace(0.8, 1.2, 6), 0.01)
    assert not few.refused(np.array([10.0])).any()  # ten times as unlike
    assert "hardly ever" in few.words().en and "거의" in few.words().ko
    assert some.refused(np.array([10.0])).all()
    assert "bell curve" in some.words().en


def test_zero_and_one_picture_refuse_nothing() -> None:
    far = np.array([1e9])
    assert not Alarms(np.array([1.0, 2.0]), 0).refused(far)[0]
    assert not Alarms(np.array([1.0]), 0.01).refused(far)[0]
    assert "too few" in Alarms(np.array([1.0]), 0.01).words().en
    assert Alarms(np.array([1.0]), 0.5).refused(far)[0]  # one of two: even one picture can carry that


# ---- the distance


def two_convolutions() -> torch.nn.Module:
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3),
        torch.nn.ReLU(),
        torch.nn.Conv2d(4, 6, 3),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(24, 3),
    )


@pytest.mark.parametrize("network", [small_cnn, two_convolutions])
def test_the_score_is_the_distance_of_a_plain_second_implementation(
    tmp_path: Path, network: Callable[[], torch.nn.Module]
) -> None:
    case, module = make(tmp_path), network().eval()
    truth, train, seen = case.labels.of(case.split.train), case.split.train, case.split.validation
    images = case.pictures.images
    found = unknown.reference(module, images, train, truth, case.preparation)

    def through(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """What the last layer gets, of length 1, and mean and deviation of each channel before the second convolution."""
        with torch.no_grad():
            pixels = case.preparation.tensor(images[rows])
            last = watching.folded(module[:-1](pixels)).double().numpy()
            before = module[:2](pixels).double().numpy() if network is two_convolutions else None
        moments = before if before is None else np.concatenate([before.mean((2, 3)), before.std((2, 3))], 1)
        return last / np.linalg.norm(last, axis=1, keepdims=True), moments

    def to_class(among: np.ndarray, f: np.ndarray) -> float:
        # scikit-learn's own covariance and inverse, one picture at a time
        means = np.array([among[truth == c].mean(0) for c in range(3)])
        inverse = LedoitWolf(assume_centered=True).fit(among - means[truth]).get_precision()
        return min(float(np.sqrt((f - m) @ inverse @ (f - m))) for m in means)

    (among, moments), (own, own_moments) = through(train), through(seen)
    among = among.astype(np.float16).astype(float)
    assert found.features.dtype == np.float16 and found.features.shape == among.shape

    def plain(f: np.ndarray, moment: np.ndarray | None, others: np.ndarray) -> float:
        distances = [min(np.linalg.norm(f - g) for g in others), to_class(among, f)]
        if moments is not None and moment is not None:
            distances.append(to_class(moments, moment))
        return float(np.prod(distances) ** (1 / len(distances)))

    def moment(of: np.ndarray | None, i: int) -> np.ndarray | None:
        return None if of is None else of[i]

    of_training = [plain(f, moment(moments, i), np.delete(among, i, 0)) for i, f in enumerate(among)]
    assert found.unit == pytest.approx(np.median(of_training), rel=1e-2)
    with found.watch(module, case.preparation) as looking, torch.no_grad():
        module(case.preparation.tensor(images[seen]))
        scores = looking.take()
    expected = np.array([plain(f, moment(own_moments, i), among) for i, f in enumerate(own)]) / found.unit
    np.testing.assert_allclose(scores, expected, rtol=1e-2)
    assert not module._forward_hooks and not module[-1]._forward_pre_hooks  # nothing stays behind
    unknown.write(case.folder, found)
    again = unknown.read(case.folder)
    assert again is not None and again.unit == found.unit and again.flat == found.flat
    np.testing.assert_array_equal(again.features, found.features)
    with again.watch(module, case.preparation) as looking, torch.no_grad():
        module(case.preparation.tensor(images[seen]))
        np.testing.assert_array_equal(looking.take(), scores)


def test_what_the_last_layer_does_not_see_the_layers_before_do(tmp_path: Path) -> None:
    case, module = make(tmp_path), two_convolutions().eval()
    torch.nn.init.zeros_(module[2].weight)  # the last layer gets the same of every picture
    truth, images = case.labels.of(case.split.train), case.pictures.images
    found = unknown.reference(module, images, case.split.train, truth, case.preparation)
    strange = np.where(np.indices(images.shape[1:3]).sum(0) % 4 < 2, 255, 0).astype(np.uint8)[
        None, :, :, None
    ]
    other = np.concatenate([images[case.split.validation], strange])
    with watching.watch(module, case.preparation) as looking, torch.no_grad():
        module(case.preparation.tensor(other))
        taken = looking.take()
    assert np.ptp(found.last.away(taken[:, : looking.width])) < 1e-3
    assert found.inner is not None
    away = found.inner.away(taken[:, looking.width :])
    assert away[-1] > 2 * away[:-1].max()


def test_a_run_made_before_the_layers_before_counted_is_judged_as_it_was(tmp_path: Path) -> None:
    case, module = make(tmp_path), two_convolutions().eval()
    found = unknown.reference(
        module, case.pictures.images, case.split.train, case.labels.of(case.split.train), case.preparation
    )
    unknown.write(case.folder, replace(found, inner=None))
    again = unknown.read(case.folder)
    assert again is not None and again.inner is None
    with watching.watch(module, case.preparation) as looking, torch.no_grad():
        module(
            case.preparation.tensor(255 - case.pictures.images[:9])
        )  # not those it has seen: no distance is 0
        taken = looking.take()
    last = taken[:, : looking.width]
    near = np.linalg.norm(last[:, None] - found.features[None].astype(np.float32), axis=2).min(1)
    np.testing.assert_allclose(
        again.score(taken) * again.unit, np.sqrt(near * found.last.away(last)), rtol=1e-3
    )


def test_few_pictures_are_remembered_in_views_and_many_as_they_are(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn().eval()
    images, rows = case.pictures.images, case.split.train
    labels, n = case.labels.of(case.split.train), len(case.split.train)
    moved = AugmentationSettings(kind="drawings", shift=2, rotate=10)
    plain, found = (
        unknown.reference(module, images, rows, labels, case.preparation, *more) for more in ((), (moved,))
    )
    assert plain.views == 1 and found.views == unknown.PICTURES // n > 1
    assert plain.features.shape == (n, watching.NUMBERS)
    assert found.features.shape == (n * found.views, watching.NUMBERS)
    # a view of a training picture that the reference does not hold is nearer to views than to the pictures themselves
    of = watching.views_of(module, images, rows, case.preparation, moved, found.views + 1)[-n:]
    held = found.features.astype(np.float32)
    assert np.median(unknown._nearest(of, held)) < np.median(unknown._nearest(of, held[:n]))
    places, _away = unknown.nearest(found, found.features[3:4].astype(np.float32), 5)
    assert places[0] == 3 and places.max() < n  # pictures, not their views
    scores = np.arange(4, dtype=np.float32)
    seen = unknown.known(found, scores, module, images, case.split.validation[:4], case.preparation, moved)
    assert seen.shape == (4, found.views) and seen[:, 0].tolist() == scores.tolist()
    unknown.write(case.folder, replace(found, known=seen))
    again = unknown.read(case.folder)
    assert again is not None and again.views == found.views
    np.testing.assert_array_equal(again.known, seen)
    many = np.arange(600) % 90
    there = unknown.reference(
        module, images[many], np.arange(600), case.pictures.labels.values[many], case.preparation, moved
    )
    assert there.views == 1


def test_folding_keeps_distances() -> None:
    rng = np.random.default_rng(0)
    x = torch.from_numpy(np.maximum(rng.normal(size=(40, 3000)), 0).astype(np.float32))
    folded = watching.folded(x)
    assert folded.shape == (40, watching.NUMBERS)
    before, after = torch.pdist(x), torch.pdist(folded)
    assert float((after / before - 1).abs().mean()) < 0.06
    assert watching.folded(x[:, :200]) is not None and watching.folded(x[:, :200]).shape == (40, 200)


def test_every_class_is_in_the_reference_also_a_rare_one(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (3005, 12, 12, 1), dtype=np.uint8)
    labels = np.repeat([0, 1], [3000, 5])
    case = make(tmp_path)
    found = unknown.reference(small_cnn(), images, np.arange(3005), labels, case.preparation)
    assert len(found.features) == 505  # half of 1,000, and all that there are


def test_empty_is_what_training_has_not() -> None:
    blank = np.full((1, 8, 8, 3), 250, np.uint8)
    noisy = blank + np.random.default_rng(0).integers(0, 4, blank.shape, dtype=np.uint8)
    drawn = blank.copy()
    drawn[0, 4, 2:6] = 20
    pictures = np.concatenate([blank, noisy, drawn])
    nothing = np.zeros((1, 4), np.float16), unknown.Classes(np.eye(4), np.zeros((1, 4))), None, 1.0
    assert unknown.Reference(*nothing, 12, np.empty(0)).empty(pictures).tolist() == [True, True, False]
    assert not unknown.Reference(*nothing, -1, np.empty(0)).empty(pictures).any()


def test_roughness_is_that_of_a_plain_second_implementation_and_of_theory() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3), dtype=np.uint8)
    grey = pictures.astype(float).mean(3)
    for one, rough in zip(grey, unknown.roughness(pictures), strict=True):
        down = [abs(one[y + 1, x] - one[y, x]) for y in range(4) for x in range(7)]
        across = [abs(one[y, x + 1] - one[y, x]) for y in range(5) for x in range(6)]
        assert rough == pytest.approx(np.mean(down + across) / one.std(), rel=1e-5)
    normal = np.random.default_rng(1).normal(128, 25, (1, 400, 400, 1)).round().astype(np.uint8)
    assert unknown.roughness(normal)[0] == pytest.approx(unknown.NOISE, rel=0.01)
    assert unknown.roughness(np.full((1, 4, 4, 1), 7, np.uint8))[0] == 0
    assert unknown.roughness(np.full((1, 1, 1, 1), 7, np.uint8))[0] == 0


def test_noise_is_refused_where_few_pictures_leave_room_for_all_else(tmp_path: Path) -> None:
    case, module = make(tmp_path), small_cnn().eval()
    images = case.pictures.images  # bars: smooth beside noise
    found = unknown.reference(
        module, images, case.split.train, case.labels.of(case.split.train), case.preparation
    )
    assert found.rough < unknown.NOISE and not found.noise(images).any()
    rng = np.random.default_rng(0)
    for amplitude in (255, 40):  # faint noise is noise
        assert found.noise(rng.integers(0, amplitude, images.shape, dtype=np.uint8)).all()
    unknown.write(RunFolder(tmp_path), found)
    read = unknown.read(RunFolder(tmp_path))
    assert read is not None and read.rough == found.rough
    rough = rng.integers(
        0, 256, images.shape, dtype=np.uint8
    )  # who learns noise is not told that it is noise
    learnt = unknown.reference(
        module, rough, case.split.train, case.labels.of(case.split.train), case.preparation
    )
    assert learnt.rough == np.inf and not learnt.noise(rough).any()


# ---- the whole way


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAKSEUP_HOME", str(tmp_path_factory.mktemp("home")))
        return hakseup.train("digits", settings=DIGITS, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on arrays; tests take a copy."""
    return Path(hakseup.train(arrays(), settings=QUICK, out=tmp_path_factory.mktemp("runs")).path)


def copy(run: Path, place: Path) -> Any:
    shutil.copytree(run, place / "run-1")
    return hakseup.open_run(place / "run-1", data=arrays())


def test_blank_and_noise_are_not_known_and_digits_are(digits: Any) -> None:
    rng = np.random.default_rng(0)
    blank = [np.full((40, 40), grey, np.uint8) for grey in (0, 128, 255)]
    found = digits.predict(*blank)
    for one in found["predictions"]:
        assert one["known"] is False and one["answer"] is None and one["reason"]["code"] == "empty"
        assert one["label"] in one["probabilities"] and one["reason"]["ko"] == "빈 그림입니다"
    noise = digits.predict(rng.integers(0, 256, (50, 8, 8), dtype=np.uint8))
    assert noise["unknown"] >= 45
    assert {r["reason"]["code"] for r in noise["predictions"] if not r["known"]} <= {"noise", "unlike"}
    off = digits.predict(*blank, rng.integers(0, 256, (50, 8, 8), dtype=np.uint8), false_alarms=0)
    assert off["unknown"] == 3
    result = digits.evaluate()
    promised, counted = result["unknown"]["promised"], result["unknown"]
    assert promised["rate"] == pytest.approx(1 / 144) and counted["n"] == 359
    assert counted["refused"] <= binom.ppf(0.999, 359, promised["interval"][1])
    assert counted["kept"] + counted["refused"] == 359
    assert counted["kept_interval"][0] < counted["kept_accuracy"] <= counted["kept_interval"][1]
    page = digits.report().read_text("utf-8")
    assert "When does it say" in page and "Hollow rings" in page and "언제 ‘모르겠습니다’라고" in page


def test_counts_and_the_file_say_the_same(tmp_path: Path) -> None:
    from PIL import Image

    data = folder_of_pictures(tmp_path / "data")
    run = hakseup.train(data, settings=QUICK, out=tmp_path)
    Image.new("L", (20, 20), 7).save(data / "blank.png")
    listed = run.predict(data)
    assert sum(listed["counts"].values()) + listed["unknown"] == listed["n"] == 91
    assert listed["unknown"] >= 1
    answers = [row["answer"] for row in listed["predictions"]]
    assert {k: answers.count(k) for k in listed["counts"]} == listed["counts"]
    written = run.predict(data, out=tmp_path / "p.csv")
    table = pl.read_csv(tmp_path / "p.csv")
    assert written["counts"] == listed["counts"] and written["false_alarms"] == listed["false_alarms"]
    assert table["known"].to_list() == [row["known"] for row in listed["predictions"]]
    reasons = [row["reason"]["code"] if row["reason"] else None for row in listed["predictions"]]
    assert [r or None for r in table["reason"].to_list()] == reasons
    with pytest.raises(CallError):
        run.predict(data, false_alarms=0.7)
    before = (tmp_path / "p.csv").read_bytes()
    (tmp_path / "none").write_text("no picture")
    with pytest.raises(DataError, match="None of the 1 inputs"):
        run.predict(tmp_path / "none", out=tmp_path / "p.csv")
    assert (
        tmp_path / "p.csv"
    ).read_bytes() == before  # where there is nothing to write, the earlier file stays


def test_a_run_from_before_still_predicts_and_says_so(trained: Path, tmp_path: Path) -> None:
    run = copy(trained, tmp_path)
    for name in ("calibration.json", "reference.safetensors"):
        (run.path / name).unlink()
    found = run.predict(arrays()[0][:3])
    assert [row["known"] for row in found["predictions"]] == [None] * 3
    assert found["predictions"][0]["answer"] == found["predictions"][0]["label"]
    assert found["unknown"] is None and "before there was calibration" in found["notes"][0]["en"]
    result = run.evaluate()
    assert result["calibration"] is None and result["unknown"] is None
    run.report()


def test_a_damaged_reference_is_an_error(trained: Path, tmp_path: Path) -> None:
    run = copy(trained, tmp_path)
    (run.path / "reference.safetensors").write_bytes(b"broken")
    with pytest.raises(RunError, match="damaged"):
        run.predict(arrays()[0][:3])


def test_after_a_resume_it_is_the_same_bit_for_bit(trained: Path, tmp_path: Path) -> None:
    run = copy(trained, tmp_path)
    status = json.loads((run.path / "status.json").read_text())
    (run.path / "status.json").write_text(json.dumps({**status, "state": "interrupted"}))
    (run.path / "reference.safetensors").write_bytes(b"half")  # killed while it was written
    (run.path / "calibration.json").unlink()
    hakseup.resume(run)
    for name in ("calibration.json", "reference.safetensors"):
        assert (run.path / name).read_bytes() == (trained / name).read_bytes()


def test_after_a_final_fit_the_rate_comes_from_the_choosing_fit(trained: Path, tmp_path: Path) -> None:
    again = hakseup.train(arrays(), settings={**QUICK, "training.final_fit": True}, out=tmp_path)
    said = [json.loads((path / "calibration.json").read_text()) for path in (trained, again.path)]
    assert [one.pop("choosing_fit") for one in said] == [False, True]
    assert said[0] == said[1]
    first, second = unknown.read(RunFolder(trained)), unknown.read(again.folder)
    assert first is not None and second is not None
    np.testing.assert_array_equal(first.known, second.known)  # from pictures that the network had not seen
    assert not np.array_equal(first.features, second.features)  # of the weights that predict
    assert "before the last fit" in again.predict(arrays()[0][:1])["notes"][0]["en"]


def test_nothing_of_it_reads_the_test_part(tmp_path: Path) -> None:
    case = make(tmp_path, reader_raises=True)
    # the test pictures may not even be looked at
    case.pictures.images[case.split.test] = 0
    first = (case.folder.path / "reference.safetensors", case.folder.path / "calibration.json")
    validation_results(*case.data(), small_cnn(), case.preparation)
    before = [path.read_bytes() for path in first]
    case.pictures.images[case.split.test] = 255
    validation_results(*case.data(), small_cnn(), case.preparation)
    assert [path.read_bytes() for path in first] == before
    assert ledger.count("bars-test") == 0
    with pytest.raises(Opened):
        case.labels.break_seal()
