"""Scores beside baselines, thresholds, and what the model looks at: constructed cases with a known answer."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn import metrics as sk
from sklearn.inspection import permutation_importance

from hakseup.evaluation import thresholds
from hakseup.evaluation.importance import POINTS, affordable, effect, importance, strongest
from hakseup.evaluation.table_scores import decisions, of_classes, of_numbers, sign_flips
from hakseup.evaluation.thresholds import choose


def two(n: int = 400, rare: float = 0.5, skill: float = 1.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Truth, and calibrated probabilities of the second class."""
    rng = np.random.default_rng(seed)
    logit = np.log(rare / (1 - rare)) + skill * rng.normal(size=n)
    p = 1 / (1 + np.exp(-logit))
    return (rng.random(n) < p).astype(int), p


def both(p: np.ndarray) -> np.ndarray:
    return np.stack([1 - p, p], 1)


# --- scores ------------------------------------------------------------------------------------------------------


def test_decisions_at_a_threshold() -> None:
    p = np.array([0.1, 0.3, 0.30001, 0.5, 0.9])
    assert decisions(both(p)).tolist() == [0, 0, 0, 0, 1]
    assert decisions(both(p), 0.3).tolist() == [0, 0, 1, 1, 1]
    assert decisions(both(p), 0.95).tolist() == [0] * 5
    with pytest.raises(ValueError):
        decisions(np.full((2, 3), 1 / 3), 0.4)
    with pytest.raises(ValueError):
        decisions(both(p), 1.0)


def test_scores_at_a_threshold_are_those_of_its_decisions_and_the_rest_stays() -> None:
    truth, p = two(rare=0.2)
    half, low = (of_classes(truth, both(p), ["no", "yes"], threshold=t) for t in (0.5, 0.25))
    said = (p > 0.25).astype(int)
    assert low["metrics"]["accuracy"] == pytest.approx(sk.accuracy_score(truth, said))
    assert low["metrics"]["f1"] == pytest.approx(sk.f1_score(truth, said, average="macro"))
    assert low["confusion"] == sk.confusion_matrix(truth, said).tolist()
    assert low["by_class"]["yes"]["recall"] == pytest.approx(sk.recall_score(truth, said))
    for name in ("auc", "loss", "brier"):
        assert low["metrics"][name] == half["metrics"][name]
    assert low["threshold"] == 0.25 and low["versus_baseline"] is None


def test_the_model_stands_beside_the_best_baseline_on_the_same_rows() -> None:
    truth, p = two(600, skill=3)
    coin, majority = both(np.random.default_rng(1).random(600)), np.tile([0.45, 0.55], (600, 1))
    found = of_classes(truth, both(p), ["no", "yes"], {"majority": majority, "logistic": coin})
    assert found["baselines"]["logistic"]["accuracy"] == pytest.approx((coin.argmax(1) == truth).mean())
    assert set(found["baseline_titles"]) == set(found["baseline_intervals"]) == {"majority", "logistic"}
    versus = found["versus_baseline"]
    assert versus["better"] and not versus["worse"]
    right, other = (p > 0.5) == truth, (majority if versus["name"] == "majority" else coin).argmax(1) == truth
    a, b = int((right & ~other).sum()), int((other & ~right).sum())
    assert versus["p_value"] == pytest.approx(stats.binomtest(a, a + b).pvalue)
    worse = of_classes(truth, coin, ["no", "yes"], {"logistic": both(p)})["versus_baseline"]
    assert worse["worse"] and not worse["better"]
    assert "logistic regression is better" in worse["en"] and "로지스틱 회귀가 더 낫다" in worse["ko"]
    same = of_classes(truth, coin, ["no", "yes"], {"logistic": coin})["versus_baseline"]
    assert same["p_value"] == 1 and not same["better"] and "all 600" in same["en"]


def test_numbers_beside_the_best_baseline() -> None:
    rng = np.random.default_rng(0)
    truth = rng.lognormal(12, 0.4, 400)
    good, bad = truth + rng.normal(0, 5e3, 400), truth + rng.normal(0, 9e3, 400)
    mean = np.full(400, truth.mean())
    found = of_numbers(truth, good, {"mean": mean, "ridge": bad})
    versus = found["versus_baseline"]
    assert versus["name"] == "ridge" and versus["better"] and versus["p_value"] < 1e-3
    assert versus["interval"][0] < versus["difference"] < versus["interval"][1] < 0
    assert versus["nearer"] == int((abs(good - truth) < abs(bad - truth)).sum())
    assert "the RMSE of the model is lower than that of ridge regression by" in versus["en"].lower().replace(
        "rmse", "RMSE"
    )
    other = of_numbers(truth, bad, {"mean": mean, "ridge": good})["versus_baseline"]
    assert other["worse"] and other["difference"] == pytest.approx(-versus["difference"])
    assert "ridge regression is better" in other["en"]
    near = of_numbers(truth, good, {"ridge": good + rng.normal(0, 1, 400)})["versus_baseline"]
    assert not near["better"] and not near["worse"] and "cannot be said" in near["en"]


def test_sign_flips_are_all_sign_changes_where_rows_are_few() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=9), rng.normal(size=9)
    gap = first**2 - second**2
    sums = [
        abs(sum(s * g for s, g in zip(signs, gap, strict=True)))
        for signs in itertools.product((1, -1), repeat=9)
    ]
    exact = np.mean([total >= abs(gap.sum()) - 1e-12 for total in sums])
    assert sign_flips(first, second) == pytest.approx(exact)
    assert sign_flips(first, -first) == 1.0
    with pytest.raises(ValueError):
        sign_flips(first, second[:3])


def test_sign_flips_err_as_often_as_they_say_and_agree_with_many_rows() -> None:
    rng = np.random.default_rng(0)
    p_values = [sign_flips(*rng.standard_t(3, (2, 60))) for _ in range(150)]
    assert 0.01 <= np.mean(np.array(p_values) < 0.05) <= 0.1
    first, second = rng.normal(size=(2, 3000))
    second *= 1.02
    gap = first**2 - second**2
    normal = 2 * stats.norm.sf(abs(gap.sum()) / np.sqrt((gap**2).sum()))
    assert sign_flips(first, second) == pytest.approx(normal, abs=0.02)


# --- thresholds --------------------------------------------------------------------------------------------------


def test_half_stays_where_the_probabilities_are_right() -> None:
    chosen = [choose(*two(150, seed=seed)).value for seed in range(20)]
    assert chosen.count(0.5) >= 18


def test_a_rare_class_gets_a_lower_threshold_for_f1() -> None:
    truth, p = two(3000, rare=0.05)
    found = choose(truth, p, "f1")
    assert 0.05 < found.value < 0.4
    fresh, q = two(3000, rare=0.05, seed=9)
    assert sk.f1_score(fresh, q > found.value) > sk.f1_score(fresh, q > 0.5) + 0.1
    assert "chosen on 3,000 validation rows" in found.as_dict()["en"]


@pytest.mark.parametrize("measure", thresholds.MEASURES)
def test_the_best_threshold_is_that_of_plain_search(measure: thresholds.Measure) -> None:
    truth, p = two(300, rare=0.3, seed=4)
    plain = {
        "accuracy": sk.accuracy_score,
        "balanced_accuracy": sk.balanced_accuracy_score,
        "f1": sk.f1_score,
    }[measure]
    found = choose(truth, p, measure)
    values = np.sort(p)
    every = [plain(truth, p > cut) for cut in [0.5, *(values[1:] + values[:-1]) / 2]]
    assert found.at_best == pytest.approx(max(every))
    assert found.at_half == pytest.approx(plain(truth, p > 0.5))
    assert plain(truth, p > found.best) == pytest.approx(max(every))


def test_a_probability_of_one_half_is_the_first_class_as_everywhere() -> None:
    truth = np.repeat([0, 1, 1, 0], 25)
    p = np.repeat([0.2, 0.9, 0.5, 0.5], 25)
    assert choose(truth, p).at_half == pytest.approx(sk.accuracy_score(truth, p > 0.5))
    assert choose(truth, p, "balanced_accuracy").at_half == pytest.approx(
        sk.accuracy_score(truth, decisions(both(p)))
    )
    skewed = np.repeat([0, 1, 1, 1], 25)
    assert choose(skewed, p).at_half == pytest.approx(0.5)


def test_probabilities_that_are_all_too_low() -> None:
    truth, p = two(400)
    found = choose(truth, p / 4)
    assert 0.08 < found.value < 0.17
    assert found.gain > 0.1 and found.again > found.error


def test_too_few_rows_and_nonsense() -> None:
    truth, p = two(30)
    found = choose(truth, p)
    assert found.value == 0.5 and found.at_half is None and "stays" in found.words().en
    with pytest.raises(ValueError):
        choose(truth, p[:4])
    with pytest.raises(ValueError):
        choose(truth + 1, p)
    with pytest.raises(ValueError):
        choose(truth, p, "auc")  # type: ignore[arg-type]


# --- importance and effects --------------------------------------------------------------------------------------


def table(n: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "strong": rng.normal(size=n),
            "weak": rng.normal(size=n),
            "idle": rng.normal(size=n),
            "kind": [["a", "b", None][i] for i in rng.integers(0, 3, n)],
        }
    )


def value(frame: pl.DataFrame) -> np.ndarray:
    shift = frame["kind"].replace_strict({"a": 1.0, "b": -1.0}, default=0.0, return_dtype=pl.Float64)
    return (3 * frame["strong"] + 0.5 * frame["weak"] + shift).to_numpy()


def test_importance_of_a_linear_model_has_a_closed_form() -> None:
    """Dealing out a column of variance v with slope b adds 2 b**2 v to the mean squared error."""
    frame = table(2000)
    truth = value(frame) + np.random.default_rng(1).normal(0, 1, 2000)
    found = importance(value, frame, truth, frame.columns, repeats=8)
    rows = {row["name"]: row for row in found["columns"]}
    assert [row["name"] for row in found["columns"]] == ["strong", "kind", "weak", "idle"]
    mse = found["error"] ** 2
    assert mse == pytest.approx(float(((value(frame) - truth) ** 2).mean()))
    for name, slope in (("strong", 3.0), ("weak", 0.5)):
        expected = (mse + 2 * slope**2 * frame[name].var(ddof=0)) ** 0.5 - found["error"]
        assert rows[name]["mean"] == pytest.approx(expected, rel=0.06)
        assert rows[name]["interval"][0] < expected < rows[name]["interval"][1]
        assert rows[name]["std"] > 0
    assert rows["idle"]["mean"] == pytest.approx(0, abs=1e-12)
    assert found["unit"] == "rmse" and rows["strong"]["accuracy"] is None
    assert strongest(found) == ["strong", "kind", "weak"]


def test_importance_of_a_classifier_agrees_with_scikit_learn() -> None:
    frame = table(500).drop("kind")

    class Model:
        classes_ = np.array([0, 1])

        def fit(self, *_: object) -> None: ...

        def predict_proba(self, x: np.ndarray) -> np.ndarray:
            return both(1 / (1 + np.exp(-(2 * x[:, 0] + x[:, 1]))))

    truth = (np.random.default_rng(2).random(500) < Model().predict_proba(frame.to_numpy())[:, 1]).astype(int)
    found = importance(lambda f: Model().predict_proba(f.to_numpy()), frame, truth, frame.columns, repeats=20)
    sklearn = permutation_importance(
        Model(), frame.to_numpy(), truth, n_repeats=20, random_state=0,
        scoring=lambda model, x, y: -sk.log_loss(y, model.predict_proba(x)),
    )  # fmt: skip
    rows = {row["name"]: row for row in found["columns"]}
    for name, mean in zip(frame.columns, sklearn.importances_mean, strict=True):
        assert rows[name]["mean"] == pytest.approx(mean, abs=0.03)
    assert rows["strong"]["accuracy"] > rows["weak"]["accuracy"] > 0
    assert found["unit"] == "loss"


def test_importance_takes_some_rows_and_columns_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hakseup.evaluation.importance.MOST_ROWS", 100)
    monkeypatch.setattr("hakseup.evaluation.importance.MOST_COLUMNS", 2)
    found = importance(value, table(), value(table()), table().columns)
    assert (found["n"], found["left_out"], len(found["columns"])) == (100, 2, 2)
    again = importance(value, table(), value(table()), table().columns)
    assert again == found
    with pytest.raises(ValueError):
        importance(value, table(), np.zeros(3), ["strong"])
    with pytest.raises(ValueError):
        importance(value, table(), np.zeros(400), ["other"])


def test_importance_of_very_wide_rows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert affordable(2_000, 60, 60) == (2_000, 60)
    rows, columns = affordable(2_000, 5_000, 2_000)
    assert 200 <= rows < 500 and 20 <= columns <= 200
    assert affordable(6, 10_000, 2_000) == (6, 200)
    monkeypatch.setattr("hakseup.evaluation.importance.WORK", 5 * 4 * 100)
    monkeypatch.setattr("hakseup.evaluation.importance.LEAST_ROWS", 50)
    monkeypatch.setattr("hakseup.evaluation.importance.LEAST_COLUMNS", 1)
    found = importance(value, table(), value(table()), table().columns, width=4)
    assert (found["n"], found["left_out"]) == (50, 2)


def test_the_short_way_to_change_a_column_gives_the_same() -> None:
    """A model that changes one column without looking at the others again."""
    frame = table(100)
    truth = value(frame)

    def changing(seen: pl.DataFrame) -> Any:
        slopes = {"strong": 3.0, "weak": 0.5, "idle": 0.0}
        return lambda name, cells: (
            np.tile(value(seen), len(cells) // len(seen))
            + slopes[name] * (cells.to_numpy() - np.tile(seen[name].to_numpy(), len(cells) // len(seen)))
        )

    names = ["strong", "weak", "idle"]
    long, short = (importance(value, frame, truth, names, changing=way) for way in (None, changing))
    for one, other in zip(long["columns"], short["columns"], strict=True):
        assert one["name"] == other["name"] and one["mean"] == pytest.approx(other["mean"], abs=1e-9)
    bent = effect(value, frame, "weak", "number", changing=changing)["mean"]
    assert bent == pytest.approx(effect(value, frame, "weak", "number")["mean"])


def test_effect_of_a_column_is_its_slope() -> None:
    frame = table()
    found = effect(value, frame, "strong", "number")
    x, y = np.array(found["values"]), np.array(found["mean"])
    assert len(x) == POINTS and (np.diff(x) > 0).all()
    np.testing.assert_allclose(np.diff(y) / np.diff(x), 3.0)
    rest = value(frame) - 3 * frame["strong"].to_numpy()
    np.testing.assert_allclose(np.array(found["quantiles"]["0.9"]) - 3 * x, np.quantile(rest, 0.9))


def test_effect_of_a_category_and_of_classes() -> None:
    frame = table()
    found = effect(value, frame, "kind", "category")
    means = dict(zip(found["values"], found["mean"], strict=True))
    assert means["a"] - means["b"] == pytest.approx(2) and set(means) == {"a", "b", None}
    assert sum(found["counts"]) == 400
    classes = effect(lambda f: both(1 / (1 + np.exp(-value(f)))), frame, "strong", "number")
    assert np.shape(classes["mean"]) == (POINTS, 2)
    np.testing.assert_allclose(np.sum(classes["mean"], 1), 1)


def test_effect_of_a_date_and_of_an_empty_column() -> None:
    days = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 4, 9), "1d", eager=True)
    frame = pl.DataFrame({"day": days, "empty": pl.Series([None] * 100, dtype=pl.Float64)})
    found = effect(lambda f: f["day"].dt.month().to_numpy().astype(float), frame, "day", "date")
    assert found["values"][0].startswith("2024-01-0") and found["mean"][0] == 1 and found["mean"][-1] == 4
    nothing = effect(lambda f: np.zeros(len(f)), frame, "empty", "number")
    assert nothing["values"] == nothing["mean"] == []
