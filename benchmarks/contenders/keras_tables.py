"""The tutorials' two long trainings on tables in Keras, as they are written: wine for 2,000 epochs, five folds of Pima.

--data: an NPZ file with x (n, d), y (n,), the number of `folds`, and of each the rows train_0, held_0, … KERAS_BACKEND chooses
what Keras runs on. Seconds count from the call that trains, compiling included; imports and reading do not.
"""

from __future__ import annotations

import argparse
import os
import time

import measure
import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras  # after the settings that it reads
from keras import layers

WIDTHS = {"wine": (30, 12, 8), "pima": (24, 10)}


def network(name: str, inputs: int) -> keras.Sequential:
    """The tutorial's layers, compiled."""
    hidden = [layers.Dense(width, activation="relu") for width in WIDTHS[name]]
    model = keras.Sequential([keras.Input((inputs,)), *hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def main() -> None:
    """Train and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tutorial", choices=list(WIDTHS))
    parser.add_argument("--data", required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    asked = parser.parse_args()
    with np.load(asked.data, allow_pickle=False) as content:
        x, y = content["x"].astype("float32"), content["y"].astype("float32")
        parts = [(content[f"train_{n}"], content[f"held_{n}"]) for n in range(int(content["folds"]))]
    keras.utils.set_random_seed(0)
    start = time.perf_counter()
    accuracies = []
    for train, held in parts:
        model = network(asked.tutorial, x.shape[1])
        kept = {"epochs": asked.epochs, "batch_size": asked.batch, "verbose": 0}
        if asked.tutorial == "wine":
            model.fit(x[train], y[train], validation_data=(x[held], y[held]), **kept)
        else:
            model.fit(x[train], y[train], **kept)
        accuracies.append(float(model.evaluate(x[held], y[held], verbose=0)[1]))
    facts = {
        "seconds": time.perf_counter() - start,
        "accuracy": float(np.mean(accuracies)),
        "networks": len(parts),
    }
    measure.finish(facts, "keras", "numpy")


if __name__ == "__main__":
    main()
