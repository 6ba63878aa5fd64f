"""Time of a step of the tutorials' tables: `keras.Sequential.fit` here, and of the Keras that is installed.

    python benchmarks/keras_steps.py hakseup
    KERAS_BACKEND=tensorflow python benchmarks/keras_steps.py keras

Rows of the tables' sizes and drawn numbers: what is learned does not matter to the time. Three fits of each after a
first that is not counted; the median is shown, per step, validation and everything else of an epoch included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from importlib import import_module
from typing import Any

import numpy as np

# name -> rows, columns, units, batch, share that validates, epochs
CASES = {
    "wine, batch 500": (5197, 12, (30, 12, 8, 1), 500, 0.25, 20),
    "wine, batch 200": (5197, 12, (30, 12, 8, 1), 200, 0.25, 10),
    "pima, batch 10": (614, 8, (24, 10, 1), 10, 0.0, 10),
    "pima, batch 5": (614, 8, (12, 8, 1), 5, 0.0, 5),
}


def model(keras: Any, columns: int, units: tuple[int, ...]) -> Any:
    out = keras.Sequential([keras.layers.Input((columns,))])
    for n in units[:-1]:
        out.add(keras.layers.Dense(n, activation="relu"))
    out.add(keras.layers.Dense(units[-1], activation="sigmoid"))
    out.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=["hakseup", "keras"])
    engine = parser.parse_args().engine
    keras = import_module("hakseup.keras" if engine == "hakseup" else "keras")
    rng = np.random.default_rng(0)
    out: dict[str, Any] = {"engine": engine, "backend": os.environ.get("KERAS_BACKEND"), "ms_per_step": {}}
    for name, (rows, columns, units, batch, share, epochs) in CASES.items():
        x, y = rng.normal(size=(rows, columns)), rng.integers(0, 2, rows)
        network = model(keras, columns, units)
        steps = -(-int(rows * (1 - share)) // batch)
        times = []
        for _ in range(4):
            start = time.perf_counter()
            network.fit(x, y, epochs=epochs, batch_size=batch, validation_split=share, verbose=0)
            times.append(1000 * (time.perf_counter() - start) / epochs / steps)
        out["ms_per_step"][name] = round(statistics.median(times[1:]), 4)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
