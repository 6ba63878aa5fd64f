"""`--fix`: what is written anew, what stays as it was, and that the new names are there."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hakseup.errors import CallError
from hakseup.runner import code, documents, fix, renames
from hakseup.runner.inside.libraries import look_up

PAIRS = [  # (as it was written, for Keras 3, for hakseup; None: the same with hakseup.keras)
    ("from tensorflow.keras.layers import Dense, Flatten", "from keras.layers import Dense, Flatten", None),
    ("from tensorflow.python.keras.models import Sequential", "from keras.models import Sequential", None),
    ("from keras.layers.core import Dense as D  # 층", "from keras.layers import Dense as D  # 층", None),
    (
        "from keras.utils import np_utils\ny = np_utils.to_categorical(y, 10)  # 원-핫",
        "from keras import utils\ny = utils.to_categorical(y, 10)  # 원-핫",
        "from hakseup.keras import utils\ny = utils.to_categorical(y, 10)  # 원-핫",
    ),
    (
        "import tensorflow as tf\ntf.random.set_seed(3)\nm = tf.keras.Sequential()",
        "import keras\nkeras.utils.set_random_seed(3)\nm = keras.Sequential()",
        "from hakseup import keras\nkeras.utils.set_random_seed(3)\nm = keras.Sequential()",
    ),
    (
        "import tensorflow as tf\nx = tf.constant(1)\nm = tf.keras.Model",
        "import tensorflow as tf\nimport keras\nx = tf.constant(1)\nm = keras.Model",
        "from hakseup.runner import tensorflow as tf\nfrom hakseup import keras\nx = tf.constant(1)\nm = keras.Model",
    ),
    ("from tensorflow import keras", "import keras", "from hakseup import keras"),
    (
        "import numpy as np\na = np.array([1], dtype=np.float)",
        "import numpy as np\na = np.array([1], dtype=float)",
        ...,
    ),
    ("import numpy as np, pandas as pd\nx = np.Inf", "import numpy as np, pandas as pd\nx = np.inf", ...),
    (
        "from sklearn.preprocessing import Imputer\ni = Imputer()",
        "from sklearn.impute import SimpleImputer\ni = SimpleImputer()",
        ...,
    ),
    (
        "from sklearn.cross_validation import train_test_split",
        "from sklearn.model_selection import train_test_split",
        ...,
    ),
    ("import seaborn as sns\nsns.factorplot(x='a')", "import seaborn as sns\nsns.catplot(x='a')", ...),
    (
        "import pandas as pd\ndf = df.append({'a': 1}, ignore_index=True)",
        "import pandas as pd\ndf = pd.concat([df, pd.DataFrame([{'a': 1}])], ignore_index=True)",
        ...,
    ),
    (
        "model.fit_generator(gen, samples_per_epoch=100, nb_epoch=5, nb_val_samples=3)",
        "model.fit(gen, steps_per_epoch=100 // gen.batch_size, epochs=5, validation_steps=3)",
        ...,
    ),
    (
        "model.fit(x, y, nb_epoch=5, show_accuracy=True, verbose=0)",
        "model.fit(x, y, epochs=5, verbose=0)",
        ...,
    ),
    (
        "from keras.optimizers import Adam\no = Adam(lr=0.1)",
        "from keras.optimizers import Adam\no = Adam(learning_rate=0.1)",
        "from hakseup.keras.optimizers import Adam\no = Adam(learning_rate=0.1)",
    ),
    (
        "from keras.layers import Convolution2D\nc = Convolution2D(nb_filter=3, border_mode='same')",
        "from keras.layers import Conv2D\nc = Conv2D(filters=3, padding='same')",
        "from hakseup.keras.layers import Conv2D\nc = Conv2D(filters=3, padding='same')",
    ),
    (
        "from keras.regularizers import activity_l1\nfrom keras.constraints import maxnorm\nd = Dense(3, W_constraint=maxnorm(3))",
        "from keras.regularizers import l1\nfrom keras.constraints import max_norm\nd = Dense(3, kernel_constraint=max_norm(3))",
        "from hakseup.keras.regularizers import l1\nfrom hakseup.keras.constraints import max_norm\nd = Dense(3, kernel_constraint=max_norm(3))",
    ),
    (
        "m.add(Dense(3, activation='softmax'))\np = m.predict_classes(x)",
        "m.add(Dense(3, activation='softmax'))\np = m.predict(x).argmax(axis=-1)",
        ...,
    ),
    (
        "m.add(Dense(1, activation='sigmoid'))\np = m.predict_classes(x)",
        "m.add(Dense(1, activation='sigmoid'))\np = (m.predict(x) > 0.5).astype(\"int32\")",
        ...,
    ),
    (
        "h.compile(metrics=['accuracy'])\nplot(h.history['val_acc'])",
        "h.compile(metrics=['accuracy'])\nplot(h.history['val_accuracy'])",
        ...,
    ),
    (
        "h.compile(metrics=['mae'])\nplot(h.history['val_mean_absolute_error'], h.history['lr'])",
        "h.compile(metrics=['mae'])\nplot(h.history['val_mae'], h.history['learning_rate'])",
        ...,
    ),
    (
        "from tensorflow import keras\nK = keras.backend\nK.set_value(m.optimizer.lr, 2 * m.optimizer.lr); r = K.get_value(m.optimizer.lr)",
        "import keras\nK = keras.backend\nm.optimizer.learning_rate.assign(2 * m.optimizer.learning_rate); r = m.optimizer.learning_rate.numpy()",
        "from hakseup import keras\nK = keras.backend\nK.set_value(m.optimizer.learning_rate, 2 * m.optimizer.learning_rate); "
        "r = K.get_value(m.optimizer.learning_rate)",
    ),
    (
        "import pandas as pd\ndf = pd.read_csv('housing.csv', delim_whitespace=True, header=None)",
        "import pandas as pd\ndf = pd.read_csv('housing.csv', sep=r'\\s+', header=None)",
        ...,
    ),
    ("print(self.model.optimizer.lr * 2)", "print(self.model.optimizer.learning_rate * 2)", ...),
    ("ax = axes[i/rows, i%rows]", "ax = axes[i // rows, i%rows]", ...),
    ("for i in range(1, len(x) / size): pass", "for i in range(1, len(x) // size): pass", ...),
    ("half = x[(a + b)/2:]", "half = x[(a + b) // 2:]", ...),
    (
        "한글 = '가나다'; model.fit_generator(한글, epochs=3)",
        "한글 = '가나다'; model.fit(한글, epochs=3)",
        ...,
    ),
]
ONLY_KERAS = [
    (
        "path = './가중치-{epoch:02d}.hdf5'\nc = ModelCheckpoint(path)",
        "path = './가중치-{epoch:02d}.keras'\nc = ModelCheckpoint(path)",
    ),
    ("model.compile(loss='mse', metrics='accuracy')", "model.compile(loss='mse', metrics=['accuracy'])"),
    (
        "model = load_model('a.h5')\nseen = Model(inputs=model.input, outputs=layer.output), Model(layer.input, o)",
        "model = load_model('a.h5')\nseen = Model(inputs=model.inputs, outputs=layer.output), Model(layer.input, o)",
    ),
    (
        "import pandas as pd\ndf = pd.get_dummies(df)",
        "import pandas as pd\ndf = pd.get_dummies(df, dtype=int)",
    ),
    (
        "from keras.preprocessing.image import ImageDataGenerator",
        "from keras.src.legacy.preprocessing.image import ImageDataGenerator",
    ),
]
STAYS = [
    "# np.float and fit_generator(lr=1)\nprint('keras.utils.np_utils')",
    "rows = []\nrows.append(3)",
    "tree.fit(x, y)",
    "logs['lr'] = 1\nplot(h.history['lr'], h.history['mean_absolute_error'])",
    "df.fillna(0, inplace=True)",
    "x = y[i // 2] / y[int(i / 2)]",
    "own.float = 3\nown.Inf = own.float",
    "%matplotlib inline\n!pip install keras\nx = !ls",
]


def carried_out(source: str, target: fix.Target) -> str:
    block = documents.Block(1, 0, 1, source)
    codes = code.parse([block])
    return fix.applied(source, [edit for edit in fix.edits(codes, target) if edit.code is codes[0]])


@pytest.mark.parametrize(("old", "new", "own"), PAIRS)
def test_old_code_is_written_for_today(old: str, new: str, own: object) -> None:
    assert carried_out(old, "keras") == new
    if own is ...:
        own = new
    elif own is None:
        own = new.replace("from keras", "from hakseup.keras")
    assert carried_out(old, "hakseup") == own


@pytest.mark.parametrize(("old", "new"), ONLY_KERAS)
def test_what_only_keras_needs_stays_for_hakseup(old: str, new: str) -> None:
    assert carried_out(old, "keras") == new
    assert carried_out(old, "hakseup").replace("hakseup.", "") == old


@pytest.mark.parametrize("source", STAYS)
def test_nothing_else_is_touched(source: str) -> None:
    assert carried_out(source, "keras") == source


@pytest.mark.parametrize("old", [pair[0] for pair in PAIRS] + [pair[0] for pair in ONLY_KERAS])
def test_what_was_written_for_today_stays_as_it_is(old: str) -> None:
    once = carried_out(old, "keras")
    assert carried_out(once, "keras") == once


DOCUMENT = """# 제목

- list
  ```python
  from tensorflow.keras.layers import Dense
  print "one", 1
  ```

    keras.layers in what was printed

```python
# 설명
import numpy as np
x = np.float(
    1)
print 'of %s' % \\
    x  # 출력
```
"""


def test_prose_layout_and_indentation_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(DOCUMENT, "utf-8")
    document = documents.read(path)
    made, beside = fix.write(document, code.parse(document.blocks), tmp_path / "new.md")
    expected = DOCUMENT.replace("from tensorflow.keras", "from keras").replace("np.float(", "float(")
    expected = expected.replace('print "one", 1', 'print("one", 1)')
    expected = expected.replace("print 'of %s' % \\\n    x  #", "print('of %s' % \\\n    x)  #")
    assert made.read_text("utf-8") == expected
    assert beside.name == "new.hakseup.md"
    assert "from hakseup.keras.layers import Dense" in beside.read_text("utf-8")
    assert path.read_text("utf-8") == DOCUMENT


def test_percent_files_keep_their_magics_commented(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# %%\n# %matplotlib inline\nimport numpy as np\nnp.float(1)\n", "utf-8")
    document = documents.read(path)
    made, _ = fix.write(document, code.parse(document.blocks), tmp_path / "b.py")
    assert made.read_text("utf-8") == "# %%\n# %matplotlib inline\nimport numpy as np\nfloat(1)\n"


@pytest.mark.parametrize(
    ("name", "expected"), [("a.md", "own-document"), ("b.py", "bad-output"), ("no/b.md", "no-such-folder")]
)
def test_the_document_is_never_overwritten(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / "a.md").write_text(DOCUMENT, "utf-8")
    with pytest.raises(CallError) as refused:
        fix.checked(documents.read(tmp_path / "a.md"), tmp_path / name)
    assert refused.value.code == expected


def own_words(*sources: str) -> str:
    blocks = [documents.Block(i, i - 1, 1, source) for i, source in enumerate(sources, 1)]
    return "\n".join(line for lines in fix.own_way.comments(code.parse(blocks)).values() for line in lines)


def test_hakseups_own_words_beside_a_training_are_code_that_trains(tmp_path: Path) -> None:
    table = "m = Sequential([Dense(4, input_dim=2, activation='relu'), Dense(1, activation='sigmoid')])\nm.fit(a, b, nb_epoch=2)"
    told = own_words(table)
    lines = [line[4:] for line in told.split("\n") if line.startswith("    ")]
    frame = pd.DataFrame({"p": np.linspace(-1, 1, 120), "q": np.tile([0.0, 1.0], 60)})
    names = {"a": frame, "b": (frame.p > 0).astype(int)}
    train = lines[1:-1]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        exec("\n".join([lines[0], *train]), names)
        assert names["run"].network.layers and names["run"].summary["epochs"] == 2


def test_hakseups_own_words_name_the_known_data_and_what_has_no_equivalent() -> None:
    load = "from keras.datasets import mnist\n(x, y), (a, b) = mnist.load_data()"
    net = "m = Sequential()\nm.add(Dense(10, input_dim=784, activation='softmax'))\nm.fit(x, y, epochs=3)"
    told = own_words(load, net)
    assert "hakseup.train('mnist', settings={'training.epochs': 3}" in told and "'Flatten()'" in told
    assert "no equivalent" in own_words("m = Sequential([LSTM(3)])\nm.fit(a, b, epochs=3)")
    assert "no equivalent" in own_words("m = make()\nm.fit(a, b, epochs=3)")
    assert "folder" in own_words("m = Sequential([Dense(3)])\nm.fit_generator(g, epochs=3)")


NEW_NAMES = sorted(
    {
        new
        for old, new in [*renames.NAMES.items(), *renames.MODULES.items()]
        if not new.startswith(("keras", "tensorflow"))
    }
)


@pytest.mark.parametrize("name", NEW_NAMES)
def test_the_new_names_of_the_table_are_there(name: str) -> None:
    """Asked of the libraries that are installed; and the old ones are not."""
    if name == "datetime.datetime" or "." not in name:
        assert look_up(name)
        return
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        assert look_up(name) is not None
