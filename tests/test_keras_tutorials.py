"""The networks of the five Korean tutorials, built, trained for a moment and asked, as their code does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from hakseup import keras
from hakseup.keras.callbacks import EarlyStopping, ModelCheckpoint
from hakseup.keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from hakseup.keras.models import Sequential, load_model
from hakseup.keras.preprocessing.image import ImageDataGenerator
from hakseup.keras.utils import np_utils

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(3)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Pictures with a bright square whose place is the class."""
    classes = RNG.integers(0, 10, 300)
    pictures = RNG.integers(0, 60, (300, 28, 28)).astype("uint8")
    for picture, number in zip(pictures, classes, strict=True):
        picture[2 * number : 2 * number + 8, 8:20] = 255
    return pictures, classes


def learned(model: Any, x: Any, y: Any, **arguments: Any) -> Any:
    history = model.fit(x, y, **arguments)
    losses = history.history["loss"]
    assert losses[-1] < losses[0]
    return history


def test_a_dense_network_on_digits_with_a_file_for_each_better_epoch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pictures, classes = digits()
    x, y = pictures.reshape(300, 784).astype("float64") / 255, np_utils.to_categorical(classes, 10)
    model = Sequential()
    model.add(Dense(512, input_dim=784, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    assert model.count_params() == 407_050
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    check = ModelCheckpoint(
        filepath="./model/{epoch:04d}-{val_loss:.4f}.hdf5", monitor="val_loss", verbose=1, save_best_only=True
    )
    stop = EarlyStopping(monitor="val_loss", patience=10)
    history = learned(
        model, x, y, validation_split=0.25, epochs=3, batch_size=50, verbose=0, callbacks=[stop, check]
    )
    best = f"./model/0003-{history.history['val_loss'][2]:.4f}.hdf5"
    assert (
        f"Epoch 3: val_loss improved from {history.history['val_loss'][1]:.5f} to" in capsys.readouterr().out
    )
    assert load_model(best).evaluate(x, y, verbose=0)[1] == pytest.approx(model.evaluate(x, y, verbose=0)[1])


def test_a_convolutional_network_on_digits() -> None:
    pictures, classes = digits()
    model = Sequential()
    model.add(Conv2D(32, kernel_size=(3, 3), input_shape=(28, 28, 1), activation="relu"))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    assert model.count_params() == 1_199_882
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    x, y = pictures[:96].reshape(-1, 28, 28, 1) / 255, keras.utils.to_categorical(classes[:96], 10)
    learned(model, x, y, epochs=2, batch_size=32, verbose=0, validation_data=(x, y))


def test_a_network_on_clothes_with_its_best_weights_put_back() -> None:
    pictures, classes = digits()
    model = keras.Sequential()
    for filters in (32, 64):
        first = {"input_shape": (28, 28, 1)} if filters == 32 else {}
        model.add(keras.layers.Conv2D(filters, kernel_size=3, activation="relu", padding="same", **first))
        model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(100, activation="relu"))
    model.add(keras.layers.Dropout(0.4))
    model.add(keras.layers.Dense(10, activation="softmax"))
    assert model.count_params() == 333_526
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics="accuracy")
    x, callbacks = pictures[:96].reshape(-1, 28, 28, 1) / 255, keras.callbacks
    stop = callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    check = callbacks.ModelCheckpoint("best.h5", save_best_only=True)
    learned(
        model,
        x,
        classes[:96],
        epochs=3,
        verbose=0,
        validation_data=(x, classes[:96]),
        callbacks=[check, stop],
    )
    assert model.predict(x[:1], verbose=0).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(
        load_model("best.h5").predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6
    )


def test_networks_on_tables() -> None:
    wine = pd.DataFrame(RNG.normal(size=(200, 12)) * 10)
    red = (wine[0] > 0).astype(int)
    model = Sequential(
        [
            Dense(30, input_dim=12, activation="relu"),
            Dense(12, activation="relu"),
            Dense(8, activation="relu"),
        ]
    )
    model.add(Dense(1, activation="sigmoid"))
    assert model.count_params() == 875
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    learned(model, wine, red, epochs=20, batch_size=50, validation_split=0.25, verbose=0)
    score = model.evaluate(wine, red, verbose=0)
    assert len(score) == 2 and model.metrics_names[1] == "accuracy"

    house = pd.DataFrame({"area": RNG.integers(50, 300, 200), "garage": RNG.integers(0, 3, 200)})
    house = pd.concat(
        [house, pd.get_dummies(pd.Series(RNG.choice(["a", "b"], 200)))], axis=1
    )  # truth values beside numbers
    price = house["area"] * 1000.0
    model = Sequential()
    model.add(Dense(10, input_dim=house.shape[1], activation="relu"))
    model.add(Dense(30, activation="relu"))
    model.add(Dense(1))
    model.compile(optimizer="adam", loss="mean_squared_error")
    check = ModelCheckpoint(
        filepath="./data/model/house.hdf5", monitor="val_loss", verbose=0, save_best_only=True
    )
    learned(model, house, price, validation_split=0.25, epochs=5, batch_size=32, verbose=0, callbacks=[check])
    assert (
        model.predict(house, verbose=0).flatten().shape == (200,) and Path("data/model/house.hdf5").is_file()
    )


def test_a_network_on_folders_of_shapes() -> None:
    for name in ("circle", "rectangle", "triangle"):
        for part, n in (("train", 6), ("test", 2)):
            folder = Path(part) / name
            folder.mkdir(parents=True)
            for number in range(n):
                picture = np.full((24, 24, 3), 255, np.uint8)
                at = (12, 12)
                if name == "circle":
                    cv2.circle(picture, at, 6 + number, (0, 0, 0), 2)
                elif name == "rectangle":
                    cv2.rectangle(picture, (4, 5), (18 - number, 19), (0, 0, 0), 2)
                else:
                    cv2.polylines(
                        picture, [np.array([[12, 3], [3, 20 - number], [20, 20]])], True, (0, 0, 0), 2
                    )
                cv2.imwrite(str(folder / f"{number}.png"), picture)
    train, test = (
        ImageDataGenerator(rescale=1.0 / 255).flow_from_directory(
            part, target_size=(24, 24), batch_size=3, class_mode="categorical"
        )
        for part in ("train", "test")
    )
    model = Sequential()
    model.add(Conv2D(32, kernel_size=(3, 3), activation="relu", input_shape=(24, 24, 3)))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Flatten())
    model.add(Dense(128, activation="relu"))
    model.add(Dense(3, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    with pytest.warns(UserWarning, match="older name"):
        history = model.fit_generator(
            train, steps_per_epoch=9, epochs=2, verbose=0, validation_data=test, validation_steps=4
        )
        scores = model.evaluate_generator(test, steps=2)
        assert model.predict_generator(test, steps=2).shape == (6, 3)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert 0 <= scores[1] <= 1
