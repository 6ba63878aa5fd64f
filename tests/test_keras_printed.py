"""What is printed, and which events a callback hears: the same as from the real Keras, figures apart."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", reason="the real Keras is not installed (pip install hakseup[dev])")
if keras.backend.backend() != "torch":
    pytest.skip("Keras runs on another backend than PyTorch", allow_module_level=True)

from hakseup import keras as ours  # noqa: E402
from hakseup.keras import naming, printing  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own

say: Any = print  # what the scripts print themselves
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 6)).astype("float32"), RNG.integers(0, 2, 40)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    keras.utils.clear_session(free_memory=False)
    naming.reset()
    yield
    printing.form(3)


def printed(kind: Any, script: Callable[[Any], Any]) -> list[str]:
    """Lines as a terminal ends up with them; digits and times are written as 0."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        script(kind)
    text = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).replace("\b", "")
    lines = [line.rpartition("\r")[2].rstrip() for line in text.split("\n")]
    lines = [re.sub(r"\d+(ms|us|s)/step", "0s/step", line) for line in lines]
    return [re.sub(r"-?\d+(\.\d+)?(e-?\d+)?", "0", line) for line in lines]


def network(kind: Any) -> Any:
    model = kind.Sequential()
    model.add(kind.layers.Input((6,)))
    model.add(kind.layers.Dense(8, activation="relu"))
    model.add(kind.layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    first = np.random.default_rng(1)
    model.set_weights([first.normal(size=weights.shape) for weights in model.get_weights()])
    return model


def training(kind: Any) -> None:
    model = network(kind)
    model.summary()
    model.fit(X, Y, epochs=2, batch_size=8, validation_split=0.25)
    model.fit(X, Y, epochs=1, verbose=1)
    model.fit(X, Y, epochs=2, verbose=2)
    model.fit(X, Y, epochs=2, verbose=0)
    model.evaluate(X, Y)
    model.evaluate(X, Y, verbose=2)
    model.evaluate(X, Y, verbose=0)
    model.predict(X)
    model.summary()


def pictures(kind: Any) -> None:
    layers = kind.layers
    model = kind.Sequential(
        [
            layers.Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ],
        name="pictures",
    )
    model.summary()
    model.summary(line_length=70)


def unbuilt(kind: Any) -> None:
    model = kind.Sequential([kind.layers.Dense(4), kind.layers.Dense(2)])
    model.summary()
    columns = kind.layers.Normalization()
    columns.adapt(X)
    kind.Sequential([columns, kind.layers.Dense(2)]).summary()


def watched(kind: Any) -> None:
    model, c = network(kind), kind.callbacks
    folder = Path("models")
    model.fit(
        X,
        Y,
        epochs=4,
        verbose=0,
        shuffle=False,
        validation_data=(X, Y),
        callbacks=[
            c.ModelCheckpoint(
                folder / "{epoch:02d}.keras", verbose=1, save_best_only=True, monitor="accuracy", mode="max"
            ),
            c.ModelCheckpoint(folder / "all.weights.h5", verbose=1, save_weights_only=True),
            c.LearningRateScheduler(lambda epoch: 0.01, verbose=1),
            c.ReduceLROnPlateau(monitor="val_loss", patience=1, min_delta=10, verbose=1),
            c.EarlyStopping(
                monitor="val_loss", patience=2, min_delta=10, verbose=1, restore_best_weights=True
            ),
        ],
    )


def branched(kind: Any) -> Any:
    layers = kind.layers
    start = kind.Input((8, 8, 3))
    x = layers.Conv2D(
        4, 3, padding="same", kernel_initializer="he_normal", kernel_regularizer="l2", name="one"
    )(start)
    x = layers.BatchNormalization(name="two")(x)
    x = layers.Add(name="three")([x, layers.SeparableConv2D(4, 3, padding="same", name="branch")(x)])
    for kind_of in ("MaxPooling2D", "ELU", "LayerNormalization", "Flatten"):
        x = getattr(layers, kind_of)()(x)
    return kind.Model(
        start, layers.Dense(2, activation="softmax", activity_regularizer="l1")(x), name="branched"
    )


def shown(kind: Any) -> None:
    """What beginners print to see what they have."""
    layers, model = kind.layers, branched(kind)
    model.summary(layer_range=("two", "three"))
    say(model.inputs, model.outputs, [layer.output for layer in model.layers])
    model.trainable = False
    for layer in model.layers:
        say(layer, layer.dtype, layer.compute_dtype, layer.trainable, layer.get_config())
    say([weight.path for weight in model.weights], [w.path for layer in model.layers for w in layer.weights])
    alone = layers.Dense(3)
    say(alone, layers.Dropout(0.5, name="half"), tuple(alone(np.ones((2, 4), "float32")).shape), alone)
    listed = kind.Sequential([kind.Input((4,)), layers.Dense(2, name="q")], name="listed")
    listed.compile(kind.optimizers.SGD(0.1, momentum=0.9), kind.losses.SparseCategoricalCrossentropy())
    say(listed.get_config(), [w.path for w in listed.weights], listed.to_json()[:400])
    history = listed.fit(np.ones((4, 4), "float32"), np.array([0, 1, 0, 1]), verbose="auto")
    say(str(history).split(" at ")[0], history.params)
    say(
        [(v.name, v.path) for v in listed.optimizer.variables[:2]],
        len(listed.optimizer.variables),
        kind.optimizers.SGD().name,
    )
    say(str(kind.callbacks.TerminateOnNaN()).split(" at ")[0])
    for loss in (listed.loss, kind.losses.Huber(delta=2.0), kind.losses.MeanSquaredError()):
        say(re.sub(" at 0x[0-9a-f]+", "", str(loss)))
    say(kind.initializers.GlorotUniform(seed=1).get_config(), kind.initializers.Orthogonal().get_config())
    say(model.compute_output_shape((5, 8, 8, 3)), listed.compute_output_shape((None, 4)))
    try:
        model.get_layer("nothing")
    except ValueError:
        say("no such layer")


def told_while_looking(kind: Any) -> None:
    """Callbacks that print while a model is evaluated; what they put into the figures of an epoch stays there."""

    class Told(kind.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_train_end(self, logs: Any = None) -> None:
            say("trained", sorted(logs))

        def on_test_end(self, logs: Any = None) -> None:
            say("tested", sorted(logs))

        def on_predict_end(self, logs: Any = None) -> None:
            say("predicted")

    model, rate = network(kind), kind.callbacks.LearningRateScheduler(lambda epoch: 0.01)
    model.fit(X, Y, verbose=0, callbacks=[Told(), rate])
    model.evaluate(X, Y, callbacks=[Told()], verbose=2)
    model.predict(X, callbacks=[Told()], verbose=2)


@pytest.mark.parametrize(
    "script", [training, pictures, unbuilt, watched, shown, told_while_looking], ids=lambda s: s.__name__
)
def test_the_same_lines_as_keras(
    script: Callable[[Any], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert printed(ours, script) == printed(keras, script)


def test_the_line_of_an_evaluation_stands_before_what_its_callbacks_print(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("callbacks.listed", "printing"):
        monkeypatch.setattr(f"hakseup.keras.{module}.moving", lambda: True)  # as on a screen
    end = ours.callbacks.LambdaCallback(on_test_end=lambda logs: say("tested"))
    network(ours).evaluate(X, Y, callbacks=[end])
    assert re.search(r"1/2 .*- loss: \d\.\d+ *tested\n", capsys.readouterr().out)


def test_what_stands_for_a_number_prints_as_tensorflows(capsys: pytest.CaptureFixture[str]) -> None:
    """Keras on PyTorch shows PyTorch's tensors; the scripts were written for TensorFlow's."""
    rate = ours.optimizers.schedules.CosineDecay(0.01, 10)(0)
    assert (str(rate), f"{rate:.3f}", rate.numpy()) == (
        "tf.Tensor(0.01, shape=(), dtype=float32)",
        "0.010",
        np.float32(0.01),
    )
    ones = ours.initializers.Ones()((2,))
    model = network(ours)
    model.train_on_batch(X, Y)
    model.summary()
    assert "Optimizer params: 132 (532.00 B)" in capsys.readouterr().out  # how many steps: 8 bytes
    assert str(ones) == "tf.Tensor([1. 1.], shape=(2,), dtype=float32)"
    assert str(ours.optimizers.SGD()).startswith("<keras.src.optimizers.sgd.SGD object at 0x")


def test_the_lines_of_the_older_books(capsys: pytest.CaptureFixture[str]) -> None:
    printing.form(2)
    model = network(ours)
    model.summary()
    model.fit(X, Y, epochs=1, batch_size=8, validation_split=0.2)
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"4/4 \[={30}\] - 0s \d+(ms|us)/step - loss: \d\.\d{4} - accuracy: \d\.\d{4} - val_loss: \d\.\d{4} - val_accuracy: \d\.\d{4}",
        lines[-1],
    )
    assert lines[2].split() == ["Layer", "(type)", "Output", "Shape", "Param", "#"]
    assert "Total params: 65" in lines[-5]
    model.compile("sgd", "mse", metrics=["mse", "mae"])
    kept = model.fit(X, Y, epochs=1, verbose=0, validation_data=(X, Y))
    order = ["loss", "mse", "mae"]
    assert list(kept.history) == [*order, *(f"val_{name}" for name in order)]


def test_a_console_without_the_sign_of_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    network(ours).predict(X)
    assert b"2/2 ====" in raw.getvalue()


class Heard:
    """Mixed into a callback of either Keras: notes every event."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, Any, tuple[str, ...]]] = []


def listener(base: type) -> Any:
    """A callback of this kind that notes all its hooks."""
    names = [name for name in dir(base) if name.startswith("on_")]

    def hook(name: str) -> Callable[..., None]:
        def heard(self: Any, *given: Any, **named: Any) -> None:
            number = given[0] if given and isinstance(given[0], int) else None
            logs = named.get("logs", given[-1] if given else None)
            keys = tuple(sorted(k for k in logs if k != "outputs")) if isinstance(logs, dict) else ()
            self.heard.append((name, number, keys))

        return heard

    return type("Listener", (Heard, base), {name: hook(name) for name in names})()


def test_every_hook_is_called_when_keras_calls_it() -> None:
    found = []
    for kind in (keras, ours):
        model, listening = network(kind), listener(kind.callbacks.Callback)
        model.fit(X, Y, batch_size=16, epochs=2, verbose=0, validation_data=(X, Y), callbacks=[listening])
        model.evaluate(X, Y, verbose=0, callbacks=[listening])
        model.predict(X, verbose=0, callbacks=[listening])
        found.append(listening.heard)
    assert found[1] == found[0]


def test_a_callback_of_ones_own_sees_the_model_and_can_stop_it() -> None:
    class Stopper(ours.callbacks.Callback):  # without a call of super().__init__
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            self.seen.append((batch, round(logs["loss"], 3), self.model.predict(X[:1], verbose=0).shape))
            if batch == 1:
                self.model.stop_training = True

    stopper = Stopper()
    model = network(ours)
    history = model.fit(X, Y, batch_size=10, epochs=5, verbose=0, callbacks=stopper)
    assert [batch for batch, *_ in stopper.seen] == [0, 1] and history.epoch == [0]
    assert stopper.params == {"verbose": 0, "epochs": 5, "steps": 4}
    assert model.history is history and history.params == stopper.params


def test_a_callback_of_2018_finds_the_validation_data() -> None:
    class F1(ours.callbacks.Callback):  # the best known one of the blogs
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            x, y, weights = self.validation_data
            self.shapes = (x.shape, y.shape, weights.tolist(), self.model.predict(x, verbose=0).shape)

    class Own(ours.callbacks.Callback):
        def __init__(self, data: Any) -> None:
            self.validation_data = data

    f1, own = F1(), Own((X, Y))
    network(ours).fit(X, Y, verbose=0, validation_split=0.1, callbacks=[f1, own])
    assert f1.shapes == ((4, 6), (4,), [1, 1, 1, 1], (4, 1)) and len(own.validation_data) == 2
