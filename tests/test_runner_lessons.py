"""Notes: each misleading habit is told, each honest way of doing the same is not."""

from __future__ import annotations

import pytest

from hakseup.runner import code, lessons
from hakseup.runner.documents import Block


def noted(*sources: str) -> list[lessons.Note]:
    blocks = [Block(i, i - 1, 10 * i, source) for i, source in enumerate(sources, 1)]
    return lessons.notes(code.parse(blocks))


def codes(*sources: str) -> set[str]:
    return {note.code for note in noted(*sources)} - {"no-seed", "renamed"}


SEED = "import keras\nkeras.utils.set_random_seed(1)\n"
MNIST = "(x, y), (x_test, y_test) = mnist.load_data()\nx = x / 255\nx_test = x_test / 255\n"
TABLE = "import pandas as pd\ndf = pd.read_csv('a.csv')\nX = df.iloc[:, :8]\ny = df.iloc[:, 8]\n"
SPLIT = "X_train, X_test, y_train, y_test = train_test_split(X, y)\n"
BEST = "EarlyStopping(patience=5, restore_best_weights=True)"
CHOSEN = f"a, v, b, w = train_test_split(x, y)\nmodel.fit(a, b, validation_data=(v, w), callbacks=[{BEST}])\nmodel.evaluate(v, w)"

TOLD = {
    "test-as-validation": [
        (MNIST, "model.fit(x, y, validation_data=(x_test, y_test), epochs=3)"),
        # not by its name, but because nothing else is left to be evaluated
        (
            TABLE,
            "a, b, c, d = train_test_split(X / 10, y)\nmodel.fit(a, c, validation_data=(b, d))\nmodel.evaluate(b, d)",
        ),
        ("model.fit_generator(g, steps_per_epoch=3, validation_data=test_generator)",),
    ],
    "reported-on-validation": [(MNIST, CHOSEN)],
    "last-rows": [(MNIST, "model.fit(x, y, validation_split=0.2)")],
    "one-hot-before-split": [(TABLE, "df = pd.get_dummies(df)\nX = df[['a']] / 2\n" + SPLIT)],
    "means-before-split": [
        (TABLE, "df = df.fillna(df.mean())\nX = df[['a']]\n" + SPLIT),
        (TABLE, "df.fillna(df.median(), inplace=True)\nX = df[['a']]\n" + SPLIT),
    ],
    "scaled-before-split": [(TABLE, "scaler = StandardScaler()\nX = scaler.fit_transform(X)\n" + SPLIT)],
    "no-scaling": [
        (TABLE, SPLIT, "model.fit(X_train, y_train, epochs=3)"),
        (
            "(x, y), (a, b) = mnist.load_data()\nx = x.reshape(-1, 784).astype('float32')\nmodel.fit(x, y, epochs=3)",
        ),
    ],
    "stopping-without-best": [
        ("stop = EarlyStopping(patience=5)", "model.fit(a, b, epochs=3, callbacks=[stop])"),
        ("model.fit(a, b, epochs=3, callbacks=[keras.callbacks.EarlyStopping(patience=2)])",),
    ],
    "training-accuracy": [("model.fit(X, Y, epochs=3)\nprint(model.evaluate(X, Y)[1])",)],
    "seed-does-not-seed": [("import numpy as np\nnp.random.seed(3)\nmodel.fit(a, b, epochs=3)",)],
    "older-rate": [
        ("model.compile(loss='mse', optimizer=keras.optimizers.Adadelta())",),
        ("model.compile('adadelta', 'mse')",),
        ("model.compile(loss='mse', optimizer='adagrad', metrics=['mae'])",),
    ],
}
HONEST = {
    "older-rate": [
        ("model.compile(loss='mse', optimizer=keras.optimizers.Adadelta(lr=1.0))",),
        ("model.compile('adam', 'mse')\nopt = Adagrad(learning_rate=0.1)",),
    ],
    "test-as-validation": [
        (
            MNIST,
            "a, v, b, w = train_test_split(x, y)\nmodel.fit(a, b, validation_data=(v, w))\nmodel.evaluate(v, w)\n"
            "model.evaluate(x_test, y_test)",
        ),
        (MNIST, "model.fit(x, y, validation_split=0.2)\nmodel.evaluate(x_test, y_test)"),
        (MNIST, CHOSEN),
    ],
    "reported-on-validation": [
        (MNIST, CHOSEN, "model.evaluate(x_test, y_test)"),
        (MNIST, CHOSEN.replace("EarlyStopping", "Other")),
    ],
    "last-rows": [(MNIST, "model.fit(x, y, epochs=2)")],
    "one-hot-before-split": [
        (TABLE, SPLIT, "X_train = pd.get_dummies(X_train)"),
        (TABLE, "df = pd.get_dummies(df)"),
    ],
    "means-before-split": [
        (TABLE, SPLIT, "X_train = X_train.fillna(X_train.mean())\n" + SPLIT.replace("X,", "X_train,"))
    ],
    "scaled-before-split": [
        (
            TABLE,
            SPLIT,
            "s = StandardScaler()\nX_train = s.fit_transform(X_train)\na, b = train_test_split(X_train)",
        )
    ],
    "no-scaling": [
        (
            TABLE,
            SPLIT,
            "s = StandardScaler()\nX_train = s.fit_transform(X_train)\nmodel.fit(X_train, y_train, epochs=3)",
        ),
        (TABLE, SPLIT, "model.add(BatchNormalization())\nmodel.fit(X_train, y_train, epochs=3)"),
        (MNIST, "model.fit(x, y, epochs=3)"),
        (TABLE, SPLIT, "tree.fit(X_train, y_train)"),  # scikit-learn's: a forest needs no scaling
    ],
    "stopping-without-best": [
        (f"model.fit(a, b, epochs=3, callbacks=[{BEST}])",),
        (
            "stop = EarlyStopping(patience=5)",
            "model.fit(a, b, epochs=3, callbacks=[stop])",
            "model = load_model('best.keras')",
        ),
    ],
    "training-accuracy": [("model.fit(X_train, Y, epochs=3)\nmodel.evaluate(X_test, Z)",)],
    "seed-does-not-seed": [
        (
            "import numpy as np\nimport tensorflow as tf\nnp.random.seed(3)\ntf.random.set_seed(3)\n"
            "model.fit(a, b, epochs=3)",
        )
    ],
}


@pytest.mark.parametrize(("kind", "document"), [(k, d) for k, many in TOLD.items() for d in many])
def test_a_misleading_habit_is_told_once_with_its_line(kind: str, document: tuple[str, ...]) -> None:
    found = [note for note in noted(*document, *document) if note.code == kind]
    assert len(found) == 1
    assert found[0].words.en and found[0].words.ko and found[0].words.en != found[0].words.ko
    block = found[0].block
    assert 10 * block <= found[0].line < 10 * block + 10


@pytest.mark.parametrize(("kind", "document"), [(k, d) for k, many in HONEST.items() for d in many])
def test_the_honest_way_is_not_told(kind: str, document: tuple[str, ...]) -> None:
    assert kind not in codes(*document)


def test_what_stands_in_comments_and_strings_is_not_code() -> None:
    assert (
        codes("# model.fit(x, y, validation_split=0.2)\ns = 'model.fit(x, y, validation_data=(x_test, y))'")
        == set()
    )


def test_a_seed_that_seeds_everything_leaves_nothing_to_say() -> None:
    assert not noted(SEED + "model.fit(a, b, epochs=3)")
    assert {note.code for note in noted("model.fit(a, b, epochs=3)")} == {"no-seed"}


def test_the_shuffled_rows_of_train_test_split_are_told_as_harmless() -> None:
    (note,) = [
        n
        for n in noted(TABLE, SPLIT, "model.fit(X_train / 9, y_train, validation_split=0.2)")
        if n.code == "last-rows"
    ]
    assert "nothing is wrong" in note.words.en
    sampled = "df = df.sample(frac=0.5)\nX = df.values[:, :8]\nmodel.fit(X / 9, y, validation_split=0.2)"
    (note,) = [n for n in noted(TABLE, sampled) if n.code == "last-rows"]
    assert "shuffled before" in note.words.en and "train_test_split" not in note.words.en
    (note,) = [n for n in noted(TABLE, "model.fit(X / 9, y, validation_split=0.2)") if n.code == "last-rows"]
    assert "sorted" in note.words.en


def test_old_names_are_told_once_each_where_they_first_stand() -> None:
    found = noted(
        "from keras.utils import np_utils\nimport numpy as np",
        "a = np.float(1)\nb = np.float(2)\nc = np.int(3)",
    )
    assert [(note.block, note.line) for note in found] == [(1, 10), (2, 20), (2, 22)]
    assert all(note.code == "renamed" for note in found)


def test_a_block_that_is_no_python_is_passed_over() -> None:
    assert noted("print 'python 2'", "%%bash\nls", "!ls\nimport numpy as np\nnp.float(1)") != []


def test_names_that_tensorflow_still_has_are_not_called_gone() -> None:
    code_ = "import tensorflow as tf\nprint(tf.__version__)\nmodel.add(Dense(8, activation=tf.nn.relu))\n"
    assert [note.code for note in noted(code_)] == []
    assert [note.code for note in noted(code_ + "tf.train.AdamOptimizer(0.1)")] == ["renamed"]


def test_a_checkpoint_that_is_not_loaded_again_chooses_nothing() -> None:
    saving = "model.fit(x, y, validation_data=(x_test, y_test), callbacks=[ModelCheckpoint('a.h5')])"
    for last, chosen in ((None, False), ("model.load_weights('a.h5')", True)):
        sources = [MNIST, saving, *([last] if last else [])]
        (note,) = [one for one in noted(*sources) if one.code == "test-as-validation"]
        assert ("chosen on it" in note.words.en) is chosen
