"""Models as estimators of scikit-learn, in the habits of SciKeras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from hakseup import keras
from hakseup.keras.layers import Dense, Input
from hakseup.keras.wrappers.scikeras import KerasClassifier, KerasRegressor

X = np.random.default_rng(1).normal(size=(24, 3)).astype("float32")
Y = np.where(X[:, 0] > 0, "yes", "no")


def bare(units: int = 2, **_: Any) -> keras.Sequential:
    return keras.Sequential([Input((3,)), Dense(units, activation="relu"), Dense(1, activation="sigmoid")])


def test_a_function_that_asks_for_meta_is_told_of_the_rows() -> None:
    told: list[dict[str, Any]] = []

    def make(meta: dict[str, Any], units: int) -> keras.Sequential:
        told.append(meta)
        ends = Dense(meta.get("n_classes_", meta["n_outputs_"]))
        return keras.Sequential([Input(meta["X_shape_"][1:]), Dense(units), ends])

    KerasClassifier(make, loss="mse", units=2, verbose=0).fit(X, np.eye(3)[np.arange(24) % 3])
    KerasClassifier(make, loss="sparse_categorical_crossentropy", units=2, verbose=0).fit(X, Y)
    KerasRegressor(make, loss="mse", units=2, verbose=0).fit(X, np.arange(24))
    assert [meta["n_features_in_"] for meta in told] == [3, 3, 3] and told[1]["X_shape_"] == (24, 3)
    assert [meta["target_type_"] for meta in told] == ["multiclass-onehot", "binary", "continuous"]
    assert (
        told[1]["classes_"].tolist() == ["no", "yes"] and told[0]["n_outputs_"] == told[0]["n_classes_"] == 3
    )
    assert "n_classes_" not in told[2]


@pytest.mark.parametrize("kind", ["SGD", keras.optimizers.SGD, keras.optimizers.SGD(0.5)])
def test_what_the_function_does_not_compile_is_compiled_with_the_wrappers_arguments(kind: Any) -> None:
    one = KerasClassifier(
        bare,
        loss="binary_crossentropy",
        optimizer=kind,
        optimizer__learning_rate=0.25,
        optimizer__momentum=0.5,
        metrics=["accuracy"],
        verbose=0,
    )
    one.fit(X, Y)
    assert type(one.model_.optimizer) is keras.optimizers.SGD and one.model_.optimizer.momentum == 0.5
    assert float(one.model_.optimizer.learning_rate) == 0.25 and list(one.history_) == ["accuracy", "loss"]


def test_a_search_over_the_optimizer_and_a_seed() -> None:
    made = KerasClassifier(bare, loss="binary_crossentropy", optimizer="adam", verbose=0, random_state=3)
    twice = [clone(made).fit(X, Y).predict_proba(X) for _ in range(2)]
    assert np.array_equal(*twice)
    grid = {"optimizer": ["SGD", "Adam"], "optimizer__learning_rate": [0.1], "model__units": [3]}
    best = GridSearchCV(made, grid, cv=2).fit(X, Y).best_estimator_
    assert float(best.model_.optimizer.learning_rate) == pytest.approx(0.1)
    assert best.model_.layers[0].units == 3


def test_what_the_function_compiled_stays() -> None:
    def make() -> keras.Sequential:
        made = bare()
        made.compile("sgd", "mse")
        return made

    def told(compile_kwargs: dict[str, Any]) -> keras.Sequential:
        made = bare()
        made.compile(compile_kwargs["optimizer"], "mse")
        return made

    one = KerasClassifier(told, optimizer__learning_rate=0.25, verbose=0).fit(X, Y)
    assert (
        type(one.model_.optimizer) is keras.optimizers.RMSprop and one.model_.optimizer.learning_rate == 0.25
    )
    one = KerasClassifier(make, loss="binary_crossentropy", optimizer="adam", verbose=0).fit(X, Y)
    assert type(one.model_.optimizer) is keras.optimizers.SGD and one.model_.loss == "mse"
