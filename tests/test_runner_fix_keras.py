"""`--fix`: what stops in Keras 3, what runs without TensorFlow, and that nothing beside it is touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from hakseup.runner import code, documents, fix

MODEL = "model.compile(loss='mse', metrics=['accuracy'])\n"
KERAS = [  # (as it was written, for Keras 3)
    ("es = EarlyStopping(monitor='val_acc')", "es = EarlyStopping(monitor='val_accuracy')"),
    ('es = EarlyStopping("val_acc", patience=3)', 'es = EarlyStopping("val_accuracy", patience=3)'),
    (
        "c = ModelCheckpoint('{epoch:02d}-{val_acc:.2f}.hdf5', 'val_acc')",
        "c = ModelCheckpoint('{epoch:02d}-{val_accuracy:.2f}.keras', 'val_accuracy')",
    ),
    (
        "def on_epoch_end(self, epoch, logs={}):\n    if 'acc' in logs and logs.get('acc') > logs['lr']: pass",
        "def on_epoch_end(self, epoch, logs={}):\n"
        "    if 'accuracy' in logs and logs.get('accuracy') > logs['learning_rate']: pass",
    ),
    (
        "h = pd.DataFrame(fitted.history)\nh[['acc', 'val_acc']].plot()",
        "h = pd.DataFrame(fitted.history)\nh[['accuracy', 'val_accuracy']].plot()",
    ),
    ("print(model.metrics_names[1])", "print('accuracy')"),
    (
        "path = 'a/cp.ckpt'\nc = ModelCheckpoint(path, save_weights_only=True, period=5)\nmodel.load_weights('a/cp.ckpt')",
        "path = 'a/cp.weights.h5'\nc = ModelCheckpoint(path, save_weights_only=True)\nmodel.load_weights('a/cp.weights.h5')",
    ),
    (
        "model.save('out/mine', save_format='tf')\nname = 'out/mine'\nm = load_model('out/mine')",
        "import os; os.makedirs(os.path.dirname('out/mine'), exist_ok=True)\nmodel.save('out/mine.keras')\nname = 'out/mine'\nm = load_model('out/mine.keras')",
    ),
    (
        "model.save_weights('m.h5')\nmodel.load_weights('m.h5')\nmodel.load_weights('others.h5')",
        "model.save_weights('m.weights.h5')\nmodel.load_weights('m.weights.h5')\nmodel.load_weights('others.h5')",
    ),
    (
        "model.compile(loss='mse', metrics=['mae'])\nmodel.save('m.h5')\nm = load_model('m.h5'), load_model('others.h5')",
        "model.compile(loss='mse', metrics=['mae'])\nmodel.save('m.keras')\nm = load_model('m.keras'), load_model('others.h5')",
    ),
    (
        "o = Adam(\n    lr=1,  # 학습률\n    decay=2  # 감쇠\n)",
        "o = Adam(\n    learning_rate=1,  # 학습률\n)",
    ),
    (
        "model.save(f'{이름}.hdf5')\nm = load_model('모델.hdf5')\nimages.save('a.hdf5')",
        "model.save(f'{이름}.keras')\nm = load_model('모델.keras')\nimages.save('a.hdf5')",
    ),
    (
        "import pandas as pd\nx = pd.read_csv('a').values[:, :3]\nmodel.fit(x, other, epochs=2, validation_data=(x, other))",
        "import pandas as pd\nx = pd.read_csv('a').values[:, :3]\n"
        "model.fit(x.astype('float32'), other, epochs=2, validation_data=(x.astype('float32'), other))",
    ),
    (
        "import tensorflow as tf\nf = tf.train.latest_checkpoint(folder)",
        'import pathlib\nf = max(pathlib.Path(folder).glob("*.weights.h5"), key=lambda path: path.stat().st_mtime_ns)',
    ),
    (
        "from keras import backend as K\ndef loss(a, b): return K.mean(K.square(a - b)) + K.epsilon()",
        "from keras import backend as K, ops\ndef loss(a, b): return ops.mean(ops.square(a - b)) + K.epsilon()",
    ),
    (
        "from keras import backend as K\ndef f1(a, b):\n    return K.sum(a * b)\nm.compile(loss='mse', metrics=['accuracy', f1])",
        "from keras import backend as K, ops\ndef f1(a, b):\n    a = ops.cast(a, b.dtype)\n    return ops.sum(a * b)\n"
        "m.compile(loss='mse', metrics=['accuracy', f1])",
    ),
    (
        "from keras import backend as K\nif K.image_dim_ordering() == 'th': K.set_image_dim_ordering('tf')\nr = K.eval(v)",
        "from keras import backend as K\n"
        "if K.image_data_format() == 'channels_first': K.set_image_data_format('channels_last')\nr = v.numpy()",
    ),
    (
        "from keras.preprocessing import image\ng = image.ImageDataGenerator()",
        "from keras.preprocessing import image\n"
        "from keras.src.legacy.preprocessing.image import ImageDataGenerator\ng = ImageDataGenerator()",
    ),
    (
        "from keras import backend as K\nx = K.argmax(y), K.concatenate([a, b],), K.expand_dims(a, 0), K.argmin(y, axis=1)",
        "from keras import backend as K, ops\n"
        "x = ops.argmax(y, axis=-1), ops.concatenate([a, b], axis=-1), ops.expand_dims(a, 0), ops.argmin(y, axis=1)",
    ),
    (
        "from keras.backend import sum as s, pow, argmax, epsilon\nx = s(pow(argmax(y), 2)) + epsilon()",
        "from keras.ops import sum as s, power, argmax\nfrom keras.backend import epsilon\n"
        "x = s(power(argmax(y, axis=-1), 2)) + epsilon()",
    ),
    (
        "import keras\nx = keras.layers.merge([a, b], mode='sum')",
        "import keras\nx = keras.layers.add([a, b])",
    ),
    (
        "from keras.wrappers.scikit_learn import KerasClassifier",
        "from scikeras.wrappers import KerasClassifier",
    ),
    (
        "from keras.optimizers import SGD\no = SGD(lr=0.1, epsilon=None, decay=1e-6, nesterov=True)",
        "from keras.optimizers import SGD\no = SGD(learning_rate=0.1, nesterov=True)",
    ),
    (
        "import tensorflow as tf\no = tf.train.GradientDescentOptimizer(0.1), tf.optimizers.Adam()",
        "import keras\no = keras.optimizers.SGD(0.1), keras.optimizers.Adam()",
    ),
]
BOTH = [
    ("model.compile('adam', 'mse', ['mae'])", "model.compile('adam', 'mse', metrics=['mae'])"),
    (
        "c = Convolution2D(32, 3, (3), subsample=(2, 2), dim_ordering='tf')",
        "c = Convolution2D(32, (3, (3)), strides=(2, 2), data_format='channels_last')",
    ),
    ("c = Convolution2D(8, nb_row=3, nb_col=5)", "c = Convolution2D(8, kernel_size=(3, 5))"),
    (
        "model.fit_generator(g, (100), 5, 1, validation_data=v, nb_val_samples=a + b, workers=2, pickle_safe=True)",
        "model.fit(g, steps_per_epoch=(100), epochs=5, verbose=1, validation_data=v, validation_steps=(a + b) // v.batch_size)",
    ),
    (
        "import numpy as np\nn = len(x) / 8\nmodel.fit(g, steps_per_epoch=n, validation_steps=np.ceil(a / b), epochs=1)",
        "import numpy as np\nn = len(x) / 8\n"
        "model.fit(g, steps_per_epoch=int(n), validation_steps=int(np.ceil(a / b)), epochs=1)",
    ),
    (
        "import numpy as np\nm.add(Dense(3))\np = m.predict_classes(np.array(x, np.float), batch_size=8)  # 답",
        "import numpy as np\nm.add(Dense(3))\np = m.predict(np.array(x, float), batch_size=8).argmax(axis=-1)  # 답",
    ),
    ("model = Sequential()\np = model.predict_proba(x)", "model = Sequential()\np = model.predict(x)"),
    ("model = Sequential()\nt = model.to_yaml()", "model = Sequential()\nt = model.to_json()"),
    (
        "from keras.models import model_from_yaml\nmodel = model_from_yaml(text)",
        "from keras.models import model_from_json\nmodel = model_from_json(text)",
    ),
    ("x, y = flow(train, 8).next()  # one", "x, y = next(flow(train, 8))  # one"),
    ("m = Model(input=a, output=b)", "m = Model(inputs=a, outputs=b)"),
    (
        "model.fit(x, y,\n    nb_epoch=3,  # 에포크\n    show_accuracy=True,  # 정확도\n    verbose=0)",
        "model.fit(x, y,\n    epochs=3,  # 에포크\n    verbose=0)",
    ),
    (
        "from keras.layers import merge\nc = merge([a, b], mode='concat', concat_axis=1)",
        "from keras import layers\nc = layers.concatenate([a, b], axis=1)",
    ),
    (
        "def mine():\n    while True: yield x, y\ng = mine()\nmodel.fit_generator(g, samples_per_epoch=len(x))",
        "def mine():\n    while True: yield x, y\ng = mine()\nmodel.fit(g, steps_per_epoch=len(x) // len(next(g)[0]))",
    ),
    ("c = Conv2D(8, 3, border_mode = 'same')", "c = Conv2D(8, 3, padding = 'same')"),
    ("import theano\nx = 1", "pass\nx = 1"),
    (
        "from keras.optimizers import rmsprop\no = rmsprop(lr=1)",
        "from keras.optimizers import RMSprop\no = RMSprop(learning_rate=1)",
    ),
    (
        "n = a / 8\nmodel.fit_generator(g, n, 2)",
        "n = a / 8\nmodel.fit(g, steps_per_epoch=int(n), epochs=2)",
    ),
    ("import numpy as np\nprint(f'{np.float(3):.1f} 값')", "import numpy as np\nprint(f'{float(3):.1f} 값')"),
    ("if a:\n\timport numpy as np\n\tx = np.float", "if a:\n\timport numpy as np\n\tx = float"),
]
STAYS = [
    "import torch\nfrom torch import optim\no = optim.Adam(p, lr=0.1), torch.optim.SGD(p, lr=1)",
    "def Adam(lr): return lr\no = Adam(lr=1)",
    "forest.fit(x, y)\np = forest.predict_proba(x)",
    "class Batches:\n    def next(self):\n        return 1\nBatches().next()",
    "import h5py\nf = h5py.File('data.hdf5')\nmodel.load_weights('pretrained.h5')\nfigure.save('x.hdf5')",
    "model.compile(metrics=['acc'], loss='mse')\nes = EarlyStopping(monitor='val_acc')\nh.history['acc']",
    "history = {'acc': 1}\nlogs = history['acc']",
    "import theano\nx = theano.config.floatX",
    MODEL + "self.history = {'acc': []}\nself.history['acc'].append(1)",
    "model = Net()\nmodel.save('folder')",
    "c = compile(text, 'a.py', 'exec')",
    "import pandas as pd\nx = pd.read_csv('a')\nforest.predict(x)",
]


def carried_out(source: str, target: fix.Target) -> str:
    codes = code.parse([documents.Block(1, 0, 1, source)])
    return fix.applied(source, fix.edits(codes, target))


@pytest.mark.parametrize(("old", "new"), KERAS)
def test_what_stops_in_keras_3_is_written_for_it(old: str, new: str) -> None:
    assert carried_out(MODEL + old, "keras") == MODEL + new
    assert carried_out(MODEL + new, "keras") == MODEL + new


@pytest.mark.parametrize(("old", "new"), BOTH)
def test_older_calls_are_written_for_both(old: str, new: str) -> None:
    for target in ("keras", "hakseup"):
        made = carried_out(old, target)  # type: ignore[arg-type]
        assert made.replace("hakseup.keras", "keras") == new
        assert carried_out(made, target) == made  # type: ignore[arg-type]


@pytest.mark.parametrize("source", STAYS)
def test_what_is_not_meant_stays(source: str) -> None:
    assert carried_out(source, "keras") == source


def test_an_import_keeps_its_lines_and_comments_and_gives_no_name_a_second_meaning() -> None:
    old = "from keras.layers.core import (Dense,  # 층\n    Dropout)"
    assert carried_out(old, "keras") == old.replace(".core", "")
    assert carried_out("from keras.utils import np_utils\nutils = 3", "keras") == (
        "from keras import utils as np_utils\nutils = 3"
    )
    assert carried_out("if a: import tensorflow as tf\nm = tf.keras.Model, tf.ones", "keras").startswith(
        "if a: import tensorflow as tf; import keras\n"
    )


SCRIPT = """import numpy as np
import tensorflow as tf
from tensorflow import one_hot
from tensorflow.nn import softmax as s
tf.config.experimental.list_physical_devices('GPU')
x = tf.reduce_mean(tf.constant([1.0, 3.0])).numpy()
print(tf.__version__, float(x), one_hot([1], 2), s(np.ones((1, 2), "float32")))
a = tf.keras.layers.LSTM, tf.strings.regex_full_match
"""


def test_the_document_for_hakseup_runs_where_neither_keras_nor_tensorflow_is(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT, "utf-8")
    document = documents.read(tmp_path / "a.py")
    _, beside = fix.write(document, code.parse(document.blocks), tmp_path / "b.py")
    written = beside.read_text("utf-8")
    assert (
        "# hakseup" in written and "tensorflow.strings.regex_full_match" in written.split("import numpy")[0]
    )
    assert "keras.layers.LSTM" in written.split("import numpy")[0]
    blocked = "import sys\nsys.modules['tensorflow'] = sys.modules['keras'] = None\n"
    run = blocked + "\n".join(written.split("\n")[:-2])
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    printed = [f"tf.Tensor([[{row}]], shape=(1, 2), dtype=float32)" for row in ("0. 1.", "0.5 0.5")]
    assert " 2.0 " + " ".join(printed) in done.stdout  # as TensorFlow prints them


@pytest.mark.parametrize(("before", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"", "cp949"), (b"", "utf-8")])
def test_line_ends_and_encoding_stay(tmp_path: Path, before: bytes, encoding: str) -> None:
    old = "# 한글\r\nimport numpy as np\r\nx = np.float(1)\r\n"
    (tmp_path / "a.py").write_bytes(before + old.encode(encoding))
    document = documents.read(tmp_path / "a.py")
    made, _ = fix.write(document, code.parse(document.blocks), tmp_path / "b.py")
    assert made.read_bytes() == before + old.replace("np.float", "float").encode(encoding)


def test_a_notebook_keeps_its_ids_and_outputs(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("import numpy as np\nnp.float(1)", id="abc")
    cell.outputs = [nbformat.v4.new_output("stream", text="1.0\n")]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 제목", id="m"), cell])
    nbformat.write(notebook, tmp_path / "a.ipynb")
    document = documents.read(tmp_path / "a.ipynb")
    made, _ = fix.write(document, code.parse(document.blocks), tmp_path / "b.ipynb")
    read = nbformat.read(made, as_version=4)
    assert read.cells[1].source == "import numpy as np\nfloat(1)"
    assert [c.id for c in read.cells] == ["m", "abc"] and read.cells[1].outputs == cell.outputs


def test_comments_stand_behind_what_must_be_first_and_once(tmp_path: Path) -> None:
    source = "%%time\nm = make()\nm.fit(a, b, epochs=3)"
    codes = code.parse([documents.Block(1, 0, 1, source)])
    document = documents.Document(tmp_path, "md", "", nbformat.v4.new_notebook(), (codes[0].block,))
    once = fix.sources(document, codes, "hakseup")[1]
    assert once.startswith("%%time\n# ") and once.endswith("m = make()\nm.fit(a, b, epochs=3)")
    again = code.parse([documents.Block(1, 0, 1, once)])
    document = documents.Document(tmp_path, "md", "", nbformat.v4.new_notebook(), (again[0].block,))
    assert fix.sources(document, again, "hakseup")[1] == once
