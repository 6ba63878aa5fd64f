"""The tutorials' CNNs in Keras, trained as the tutorials do: same layers, optimizer, batch, callbacks.

KERAS_BACKEND chooses what Keras runs on: tensorflow or torch.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import measure

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras  # after the settings that it reads
from keras import layers


def network(tutorial: str) -> keras.Sequential:
    """The tutorial's layers."""
    if tutorial == "mnist":
        stack = [
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
        ]
    else:
        stack = [
            layers.Conv2D(32, kernel_size=3, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, kernel_size=3, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
            layers.Dropout(0.4),
        ]
    return keras.Sequential([keras.Input((28, 28, 1)), *stack, layers.Dense(10, activation="softmax")])


class Steps(keras.callbacks.Callback):
    """Times the steps after the warm ones."""

    def __init__(self, warm: int) -> None:
        super().__init__()
        self.warm, self.start, self.end = warm, 0.0, 0.0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch == self.warm:
            self.start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.end = time.perf_counter()


class Bar(keras.callbacks.Callback):
    """The clock stands while Keras evaluates; after each epoch the test accuracy is looked at."""

    def __init__(self, clock: measure.Clock, reached: measure.Reached, test: Any, whole: bool) -> None:
        super().__init__()
        self.clock, self.reached, self.test, self.whole = clock, reached, test, whole
        self.inside = False  # an evaluation of our own
        self.validating = 0.0  # seconds: the tutorial's own validation
        self.at = self.began = 0.0

    def on_test_begin(self, logs: Any = None) -> None:
        if not self.inside:
            self.at = self.clock.seconds
            self.clock.stop()
            self.began = time.perf_counter()

    def on_test_end(self, logs: Any = None) -> None:
        if not self.inside:
            self.validating += time.perf_counter() - self.began
            self.clock.go()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        accuracy = logs["val_accuracy"]
        if self.test is not None:  # the tutorial validates on pictures of its own
            self.clock.stop()
            self.inside = True
            accuracy = self.model.evaluate(*self.test, verbose=0)[1]
            self.inside = False
            self.clock.go()
        if self.reached.epoch(self.at, accuracy) and not self.whole:
            self.model.stop_training = True


def main() -> None:
    """Train and print what was measured."""
    asked = measure.arguments(__doc__)
    mnist = asked.tutorial == "mnist"
    (x, y), (x_test, y_test) = measure.read(asked)
    keras.utils.set_random_seed(asked.seed)
    if asked.precision == "bf16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    if mnist:
        validation, batch, epochs, patience = (x_test, keras.utils.to_categorical(y_test, 10)), 200, 30, 10
        y = keras.utils.to_categorical(y, 10)
        loss = "categorical_crossentropy"
    else:
        from sklearn.model_selection import train_test_split

        x, x_validation, y, y_validation = train_test_split(x, y, test_size=0.2, random_state=42)
        validation, batch, epochs, patience = (x_validation, y_validation), 32, 20, 2
        loss = "sparse_categorical_crossentropy"
    model = network(asked.tutorial)
    model.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
    about = {"parameters": model.count_params(), "batch": batch, "precision": asked.precision}
    libraries = ("keras", "tensorflow_cpu" if keras.backend.backend() == "tensorflow" else "torch", "numpy")
    if asked.steps:
        steps = Steps(asked.warm)
        model.fit(
            x,
            y,
            batch_size=batch,
            steps_per_epoch=asked.warm + asked.steps,
            epochs=1,
            verbose=0,
            callbacks=[steps],
            validation_data=validation,
        )
        seconds = steps.end - steps.start
        rate = asked.steps * batch / seconds
        measure.finish({**about, "pictures_per_second": rate, "seconds": seconds}, *libraries)
        return
    clock, reached = measure.Clock(), measure.Reached(asked.tutorial, asked.limit)
    bar = Bar(clock, reached, None if mnist else (x_test, y_test), asked.whole)
    with tempfile.TemporaryDirectory() as folder:
        name = "{epoch:04d}-{val_loss:.4f}.keras" if mnist else "best-cnn-model.keras"
        own = [
            keras.callbacks.ModelCheckpoint(
                str(Path(folder) / name), monitor="val_loss", save_best_only=True
            ),
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=patience, restore_best_weights=not mnist
            ),
        ]
        clock.go()
        model.fit(
            x,
            y,
            batch_size=batch,
            epochs=asked.epochs or epochs,
            verbose=0,
            callbacks=[*own, bar],
            validation_data=validation,
        )
        clock.stop()
    whole = {"seconds": clock.seconds, "seconds_with_validation": clock.seconds + bar.validating}
    if asked.whole:
        whole["final_accuracy"] = model.evaluate(x_test, validation[1] if mnist else y_test, verbose=0)[1]
    measure.finish({**about, **reached.facts(), **whole}, *libraries)


if __name__ == "__main__":
    main()
