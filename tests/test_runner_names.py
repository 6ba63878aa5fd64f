"""What `keras` and `tensorflow` mean inside a run, and only there."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from hakseup import recipes
from hakseup.keras import outside
from hakseup.runner import run
from hakseup.runner.documents import printed_by
from hakseup.runner.inside import imports

DOCUMENT = """
```python
import os
import numpy as np
import keras
import tensorflow as tf
from tensorflow import keras as second
from tensorflow.keras.models import Sequential
from tensorflow.python.keras.layers import Dense
from keras.layers.core import Dropout
from keras.layers.convolutional import Conv2D
from keras.utils import np_utils
import tensorflow.keras.backend as K
tf.random.set_seed(3)
tf.compat.v1.set_random_seed(3)
tf.config.experimental.set_memory_growth
tf.debugging.set_log_device_placement(True)
strategy = tf.distribute.MirroredStrategy()
with strategy.scope():
    assert strategy.num_replicas_in_sync == 1 and not tf.test.is_built_with_gpu_support()
assert tf.fill([2, 3], 7).shape == (2, 3)
keras.mixed_precision.set_global_policy(keras.mixed_precision.Policy("mixed_float16"))
assert keras.mixed_precision.global_policy().name == "mixed_float16"
keras.mixed_precision.set_global_policy("float32")
print(keras is second is tf.keras, keras.__name__, Dense is keras.layers.Dense, Conv2D is keras.layers.Conv2D)
print(tf.__version__ >= '2', tf.config.list_physical_devices('GPU'), tf.constant([1.0, 2.0]).sum(), tf.reduce_mean([1., 3]))
```

```python
x = np.linspace(-1, 1, 120).reshape(60, 2)
y = np_utils.to_categorical((x[:, 0] > 0).astype(int), 2)
model = Sequential()
model.add(Dense(8, input_dim=2, activation=tf.nn.relu))
model.add(Dense(2, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics='accuracy')
history = model.fit(x, y, nb_epoch=2, batch_size=20, validation_split=0.25, verbose=1)
print('Accuracy: %.2f' % model.evaluate(x, y, verbose=0)[1], sorted(history.history))
```

    Epoch 1/2
    3/3 [==============================] - 1s 62ms/step - loss: 0.8098 - accuracy: 0.5558

```python
from keras.layers import LSTM
LSTM(3)
```

```python
import tensorflow.lite
```

```python
tf.GradientTape()
```

```python
from tensorflow import feature_column
feature_column.numeric_column('age')
```

```python
import os
import pandas as pd
import matplotlib.pyplot as plt
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
layers = keras.layers
print(layers.experimental.preprocessing.RandomFlip is layers.RandomFlip, tf.version.VERSION == tf.__version__)
print(tf.argmax([[1, 5], [7, 2]]).numpy(), tf.one_hot([1, -1], 3).numpy().tolist(), tf.add_n([1, 2, 3]))
for number in (1, 2):
    open("cp-%d.ckpt" % number, "w").close()
    os.utime("cp-%d.ckpt" % number, (number, number))
print(tf.train.latest_checkpoint("."))
open("spaced.txt", "w").write("1   2\\n3 4\\n")
print(pd.read_csv("spaced.txt", delim_whitespace=True, header=None).values.tolist())
assert isinstance(pd.DataFrame({"a": tf.constant([1, 2])}).a.dtype, np.dtype)
fig, ax = plt.subplots()
print(len(ax.plot([1, 2], axes=ax)))
print("%d" % model.predict(x[:1], verbose=0).argmax(axis=1), "%.1f" % (0 * model.predict(x, verbose=0)[:1, :1])[0])
from keras.backend.tensorflow_backend import set_session
from keras.optimizers import adam_v2
from keras.engine import Model, Layer as Base
from keras.engine.training import Model as Second
from keras.utils import print_summary
from scipy.misc import imresize
tf.io.gfile.makedirs("folder")
assert Model is Second is keras.models.Model and tf.io.gfile.exists("folder") and "folder" in tf.gfile.ListDirectory(".")
assert imresize(np.arange(64, dtype="uint8").reshape(8, 8), (4, 2)).shape == (4, 2)
told = []
print_summary(model, print_fn=told.append)
assert "Total params" in "".join(told)
step = tf.Variable(0, trainable=False)
before = step.numpy()
step.assign_add(2)
weight = tf.Variable([1.0, 2.0], name="w")
assert (before, int(step), step.numpy() + 1) == (0, 2, 3) and weight.assign([3, 4]) is weight and weight.name == "w:0"
assert (weight * 2).numpy().tolist() == [6, 8] and not hasattr(weight * 2, "assign") and weight.dtype == tf.float32
%load_ext tensorboard
%load_ext an_extension_that_nobody_has
import torch
assert tf.one_hot(torch.tensor([1, 0]), depth=tf.shape(torch.ones(2, 3))[1]).tolist() == [[0, 1, 0], [1, 0, 0]]
assert [v.trainable for v in model.layers[0].variables] == [True, True] and not model.layers[0].non_trainable_weights
last = weight[1]
assert weight[1].assign(9) is weight and weight[:1].assign([7]).numpy().tolist() == [7, 9]
assert (last.numpy(), (last + 1).numpy()) == (4, 5) and not hasattr(last + 1, "assign")
assert tf.gather([5, 6, 7], [2, 0]).numpy().tolist() == [7, 5] and tf.clip_by_value([-1.0, 3.0], 0, 1).numpy().tolist() == [0, 1]
settings = tf.ConfigProto()
settings.gpu_options.allow_growth = True
set_session(tf.compat.v1.Session(config=settings))
def distance(y_true, y_pred):
    return tf.reduce_mean(tf.square(tf.cast(y_true, tf.float32) - y_pred), axis=-1)
model.compile(adam_v2.Adam(learning_rate=0.1), distance, metrics=["mse"])
figures = model.evaluate(x, y, verbose=0)
print(abs(figures[0] - figures[1]) < 1e-6, tf.keras.wrappers.scikit_learn.KerasRegressor.__name__)
print(f"{0 * model.predict(x, verbose=0)[0, :1]:.2f}", tf.compat.as_bytes("JFIF"), tf.compat.as_str(b"a"))
def made(units=2):
    model = Sequential([keras.layers.Input((2,)), keras.layers.Dense(units), keras.layers.Dense(1, activation='sigmoid')])
    model.compile(loss='binary_crossentropy', optimizer='adam')
    return model
search = GridSearchCV(KerasClassifier(model=made, epochs=1, verbose=0), {'model__units': [1, 2], 'fit__batch_size': [30]}, cv=2)
print(sorted(search.fit(x, (x[:, 0] > 0).astype(int)).best_params_))
assert keras.models.model_from_yaml(model.to_yaml()).count_params() == model.count_params()
```
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("names")
    (folder / "a.md").write_text(DOCUMENT, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("LC_ALL", "ko_KR.UTF-8")
        return run.run("a.md")


def printed(result: run.Result, number: int) -> str:
    return printed_by(result.document.notebook.cells[result.document.blocks[number - 1].cell].outputs)


def test_every_spelling_of_keras_is_hakseups(result: run.Result) -> None:
    assert printed(result, 1) == (
        "True hakseup.keras True True\nTrue [] 3.0 tf.Tensor(2.0, shape=(), dtype=float32)\n"
    )


def test_lines_are_printed_as_the_document_shows_them(result: run.Result) -> None:
    text = printed(result, 2)
    assert "3/3 [==============================] - " in text and "━" not in text
    assert "Accuracy: 1.00" in text or "Accuracy: 0." in text
    assert "['accuracy', 'loss', 'val_accuracy', 'val_loss']" in text


def test_what_the_libraries_gave_up_is_answered(result: run.Result) -> None:
    assert result.ran[7].failure is None
    assert printed(result, 7).splitlines() == [
        "True True",
        "[1 0] [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]] tf.Tensor(6, shape=(), dtype=int32)",
        "cp-2.ckpt",
        "[[1, 2], [3, 4]]",
        "1",
        printed(result, 7).splitlines()[5],  # a class, as the model learned it
        printed(result, 7).splitlines()[6],  # the notebook's extension that is not there
        "True KerasRegressor",
        "0.00 b'JFIF' a",
        "['fit__batch_size', 'model__units']",
    ]
    assert printed(result, 7).splitlines()[5] in ("0 0.0", "1 0.0")
    assert "an_extension_that_nobody_has" in printed(result, 7).splitlines()[6]


def test_what_is_outside_says_how_hakseup_does_it(result: run.Result) -> None:
    failure = result.ran[5].failure
    assert failure is not None and "train_on_batch" in failure.error


@pytest.mark.parametrize(
    ("library", "instead"),
    [
        ("tensorflow_datasets", "keras.datasets"),
        ("keras_tuner", "GridSearchCV"),
        ("tensorflow_hub.keras", "--recipe photos"),
    ],
)
def test_libraries_upon_tensorflow_are_refused_with_a_sentence(library: str, instead: str) -> None:
    with pytest.raises(
        ModuleNotFoundError, match=f"{library.partition('.')[0]} works on TensorFlow.*{instead}"
    ):
        imports.Names("hakseup", {}).find_spec(library)
    assert imports.Names("keras", {}).find_spec(library) is None  # there they are what they are


@pytest.mark.parametrize("library", ["theano", "theano.tensor", "tflearn"])
def test_libraries_that_have_ended_are_refused_with_a_sentence(library: str) -> None:
    for engine in ("hakseup", "keras"):
        with pytest.raises(ModuleNotFoundError, match=r"has ended.*leave the import out"):
            imports.Names(engine, {}).find_spec(library)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("tensorflow.saved_model", "model.save"),
        ("tensorflow.lite.TFLiteConverter", "model.save"),
        ("tensorflow.feature_column.numeric_column", "get_dummies"),
        ("tensorflow.train.Checkpoint", "save_weights"),
        ("tensorflow.summary", "TensorBoard"),
        ("tensorflow.nn.conv2d", "Conv2D"),
    ],
)
def test_what_is_outside_of_tensorflow_says_what_is_nearest(name: str, instead: str) -> None:
    assert instead in imports.with_hint("", name)


def test_the_recipes_that_are_named_are_there() -> None:
    named = [
        word
        for told in outside._INSTEAD.values()
        for word in re.findall(r"--recipe ([a-z]+)", told.en + told.ko)
    ]
    assert named and set(named) <= set(recipes.names())


@pytest.mark.parametrize(
    ("block", "name"), [(3, "LSTM"), (4, "tensorflow.lite"), (5, "GradientTape"), (6, "get_dummies")]
)
def test_what_is_outside_is_refused_in_the_language_of_the_call(
    result: run.Result, block: int, name: str
) -> None:
    failure = result.ran[block].failure
    assert failure is not None
    assert name in failure.error and any("가" <= letter <= "힣" for letter in failure.error)


def test_nothing_of_it_reaches_this_process(result: run.Result) -> None:
    spec = importlib.util.find_spec("keras")
    assert spec is None or "hakseup" not in str(spec.origin)
    assert not any(type(finder).__module__.startswith("hakseup") for finder in sys.meta_path)


SCRIPT = """
import numpy as np
import keras
keras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(100, 4)).astype("float32")
y = (x[:, 0] > 0).astype("float32")
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
model.set_weights([np.full(w.shape, 0.1) * (1 + np.arange(w.size).reshape(w.shape)) / w.size for w in model.get_weights()])
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=1, verbose=1)
model.fit(x, y, epochs=3, batch_size=100, verbose=2, callbacks=[stop])
print("Accuracy:", round(model.evaluate(x, y, verbose=0)[1], 3))
print(model.predict(x[:2], verbose=0).shape, [w.shape for w in model.get_weights()])
"""


@pytest.mark.slow
def test_both_engines_print_the_same_lines_and_learn_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("keras")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(SCRIPT, "utf-8")
    texts = [printed(run.run("a.py", engine=engine), 1) for engine in ("hakseup", "keras")]
    masked = [[line.split(" - ")[0] for line in text.split("\n")] for text in texts]
    assert masked[0] == masked[1]
    losses = [
        [float(line.rpartition("loss: ")[2]) for line in text.split("\n") if "loss: " in line]
        for text in texts
    ]
    assert losses[0] == pytest.approx(losses[1], abs=2e-4) and len(losses[0]) == 3


@pytest.mark.slow
def test_the_models_of_a_run_open_in_the_real_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    monkeypatch.chdir(tmp_path)
    text = DOCUMENT.split("```python\nfrom keras.layers import LSTM")[0]
    text += "```python\nmodel.save('m.keras'); np.save('x.npy', x); np.save('p.npy', model.predict(x, verbose=0))\n```\n"
    (tmp_path / "a.md").write_text(text, "utf-8")
    assert run.run("a.md").as_dict()["failed"] == []
    opened = keras.models.load_model("m.keras")
    assert np.abs(opened.predict(np.load("x.npy"), verbose=0) - np.load("p.npy")).max() < 1e-5


@pytest.mark.slow
def test_a_document_with_real_data_reaches_its_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_data: Path
) -> None:
    """The drawn shapes of the lecture, in the words of 2017: fifteen of fifteen."""
    monkeypatch.chdir(tmp_path)
    text = (
        "```python\nfrom keras.preprocessing.image import ImageDataGenerator\n"
        "from keras.models import Sequential\nfrom keras.layers import Dense, Flatten\n"
        "from keras.layers.convolutional import Conv2D, MaxPooling2D\n"
        "def made(part, size):\n    return ImageDataGenerator(rescale=1./255).flow_from_directory(\n"
        "        'warehouse/handwriting_shape/' + part, target_size=(24, 24), batch_size=size, class_mode='categorical')\n"
        "train, test = made('train', 3), made('test', 5)\n"
        "model = Sequential()\nmodel.add(Conv2D(32, (3, 3), activation='relu', input_shape=(24, 24, 3)))\n"
        "model.add(MaxPooling2D((2, 2)))\nmodel.add(Flatten())\nmodel.add(Dense(64, activation='relu'))\n"
        "model.add(Dense(3, activation='softmax'))\n"
        "model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])\n"
        "model.fit_generator(train, steps_per_epoch=15, epochs=12, verbose=0)\n"
        "print('%s: %.2f%%' % ('acc', model.evaluate_generator(test, steps=3)[1] * 100))\n```\n\n    acc: 100.00%\n"
    )
    (tmp_path / "a.md").write_text(text, "utf-8")
    result = run.run("a.md")
    assert result.as_dict()["failed"] == []
    assert [path.name for path in result.made] == ["handwriting_shape"]
    (figure,) = result.figures
    assert figure.ours is not None and figure.ours >= 14 / 15 - 1e-6
    nbformat.validate(result.document.notebook)


def test_what_is_outside_stops_the_block_that_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import ast
    import sys

    from hakseup import keras
    from hakseup.runner.inside import later

    def run_block(code: str) -> None:
        tree = later.Imports().visit(ast.parse(code))
        exec(compile(ast.fix_missing_locations(tree), "", "exec"), names)

    for name, module in (("", keras), (".layers", keras.layers)):
        monkeypatch.setitem(sys.modules, f"tf_keras{name}", module)
    names: dict[str, Any] = {"__hakseup_later": later.later}
    run_block("from tf_keras.layers import Dense, Lambda as L, LSTM\nimport tensorflow_hub as hub\n")
    assert names["Dense"] is keras.layers.Dense and not isinstance(3, names["L"])
    for use in ("L(lambda x: x)", "class Mine(LSTM):\n  pass", "hub.load('x')"):
        with pytest.raises(ImportError, match=r"no Lambda here|no LSTM here|tensorflow_hub"):
            run_block(use)
    run_block("try:\n  from tf_keras.layers import LSTM\nexcept ImportError:\n  found = False")
    assert names["found"] is False
    with pytest.raises(ImportError):  # of other libraries nothing is known here
        run_block("from tests_have_no_such_library import a, b")
