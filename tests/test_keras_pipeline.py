"""`tf.data.Dataset` for rows in memory: what comes out, in what order, how many; and a fit on it."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from hakseup import keras
from hakseup.errors import DataError, HakseupError
from hakseup.keras.outside import MissingName
from hakseup.keras.pipeline import Dataset

X = np.arange(20.0, dtype="float32").reshape(10, 2)
Y = np.arange(10)


@pytest.fixture(autouse=True)
def fresh() -> None:
    keras.utils.set_random_seed(3)


def rows(data: Dataset) -> list[Any]:
    return [value.tolist() for value in data.as_numpy_iterator()]


# Whether rows are taken many at once (slices) or one by one (mapped), the same comes out
KINDS = {
    "slices": Dataset.from_tensor_slices(Y),
    "one by one": Dataset.from_tensor_slices(Y).map(lambda v: v),
}


@pytest.mark.parametrize("data", KINDS.values(), ids=list(KINDS))
def test_taking_batching_and_repeating(data: Dataset) -> None:
    assert rows(data) == list(range(10)) and len(data) == 10
    assert rows(data.take(3)) == [0, 1, 2] and len(data.take(30)) == 10 and len(data.take(-1)) == 10
    assert rows(data.skip(7)) == [7, 8, 9] and len(data.skip(70)) == 0
    assert rows(data.batch(4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] and len(data.batch(4)) == 3
    assert rows(data.batch(4, drop_remainder=True)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(data.batch(4, drop_remainder=True)) == 2
    assert rows(data.batch(4).unbatch()) == list(range(10))
    assert rows(data.take(2).repeat(2)) == [0, 1, 0, 1] and len(data.repeat(2)) == 20
    assert rows(data.repeat().batch(6).take(2)) == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 0, 1]]
    assert rows(data.filter(lambda v: v > 7)) == [8, 9]
    assert rows(data.take(1).concatenate(data.skip(9))) == [0, 9]
    assert [(n.numpy(), v.numpy()) for n, v in data.take(2).enumerate(5)] == [(5, 0), (6, 1)]
    assert [int(a + b) for a, b in Dataset.zip((data.take(3), data))] == [0, 2, 4]
    assert (data.repeat().cardinality(), data.filter(bool).cardinality()) == (-1, -2)
    for unknown in (data.repeat(), data.filter(bool)):
        with pytest.raises(TypeError):
            len(unknown)


def test_the_iterators_have_tensorflows_methods() -> None:
    data = Dataset.from_tensor_slices((X, Y)).batch(4)
    plain = data.as_numpy_iterator()
    assert plain.next()[1].tolist() == [0, 1, 2, 3] and type(plain.next()[0]) is np.ndarray
    again = iter(data)
    assert iter(again) is again and [again.get_next()[1].shape, next(again)[1].shape] == [(4,), (4,)]
    assert [len(batch) for _, batch in again] == [2]


@pytest.mark.parametrize("data", KINDS.values(), ids=list(KINDS))
def test_shuffling_gives_every_row_in_another_order_each_time(data: Dataset) -> None:
    mixed = data.shuffle(10)
    first, second = rows(mixed), rows(mixed)
    assert sorted(first) == sorted(second) == list(range(10)) and first != second != list(range(10))
    batches = rows(data.shuffle(10, seed=4).batch(3))
    assert (
        sorted(row for batch in batches for row in batch) == list(range(10))
        and rows(data.shuffle(10, seed=4).batch(3)) == batches
    )
    with pytest.raises(DataError, match="repeat"):
        rows(data.repeat().map(lambda v: v).shuffle(10))


def test_a_cache_is_filled_once_and_only_by_a_whole_pass() -> None:
    calls: list[int] = []

    def seen(v: Any) -> Any:
        calls.append(int(v))
        return v

    kept = Dataset.range(3).map(seen).cache()
    assert rows(kept.take(1)) == [0]
    assert rows(kept) == rows(kept) == [0, 1, 2] and calls == [0, 0, 1, 2]


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_an_order_that_is_to_stay_keeps_training_and_validation_apart(data: Dataset) -> None:
    mixed = data.shuffle(10, seed=1, reshuffle_each_iteration=False)
    assert rows(mixed) == rows(mixed) != rows(data)
    for _ in range(3):
        assert sorted(rows(mixed.take(7)) + rows(mixed.skip(7))) == Y.tolist()


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_skipping_minus_one_skips_all_and_taking_minus_one_takes_all(data: Dataset) -> None:
    assert rows(data.skip(-1)) == [] and rows(data.take(-1)) == Y.tolist()


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_cache_keeps_the_order_it_was_filled_in(data: Dataset) -> None:
    kept = data.shuffle(10, seed=1).cache()
    assert rows(kept) == rows(kept) != rows(data)
    assert sorted(rows(kept.take(7)) + rows(kept.skip(7))) == Y.tolist()


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_batch_of_none_is_refused_with_a_sentence(data: Dataset) -> None:
    for size in (0, -2, 2.5, None):
        with pytest.raises(HakseupError, match="batch_size"):
            data.batch(size)
    assert rows(data.batch(np.int64(8)))[1] == [8, 9]


def test_datasets_are_put_side_by_side_in_their_structure() -> None:
    one, two = Dataset.range(3), Dataset.range(5, 7)
    [first, last] = Dataset.zip((one, (two, {"a": one})))
    assert (last[0], last[1][0], last[1][1]["a"]) == (1, 6, 1) and first[1][0] == 5
    assert len(Dataset.zip(one, two)) == len(Dataset.zip([one, two])) == 2
    assert one.concatenate(two.repeat()).cardinality() == -1


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_a_cache_that_two_fill_at_once_holds_every_row_once(data: Dataset) -> None:
    kept = data.map(lambda v: v).cache()
    assert len(list(Dataset.zip((kept, kept)))) == 10 and rows(kept) == Y.tolist()


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)
def test_repeating_nothing_ends(data: Dataset) -> None:
    nothing = data.filter(lambda v: v > 99).repeat()
    assert list(nothing.take(1)) == []


def test_a_method_that_is_missing_is_named_with_the_nearest() -> None:
    with pytest.raises(MissingName, match=r"tf\.data\.Dataset has no reduce here"):
        Dataset.range(3).reduce(0, lambda a, b: a + b)
    with pytest.raises(MissingName, match="Did you mean unbatch"):
        Dataset.range(3).unbatched()
    assert not hasattr(Dataset.range(3), "shard") and len(copy.deepcopy(Dataset.range(3))) == 3


def test_a_generator_gives_the_types_that_were_said() -> None:
    made = Dataset.from_generator(lambda: iter([(1.5, 2)]), output_types=("float32", np.int32))
    x, y = next(iter(made))
    assert (x.dtype, y.dtype) == (np.float32, np.int32)
    for sample in ((1, 2, 3), 7):
        with pytest.raises(DataError, match="where the types say 2"):
            list(Dataset.from_generator(lambda sample=sample: iter([sample]), ("int32", "int32")))


def test_tuples_dicts_and_functions_of_parts() -> None:
    pairs = Dataset.from_tensor_slices((X, {"y": Y})).map(lambda x, y: (x * 2, y["y"] + 1))
    x, y = next(iter(pairs.batch(4)))
    assert x.shape == (4, 2) and y.numpy().tolist() == [1, 2, 3, 4]
    assert repr(pairs.element_spec[0]) == "TensorSpec(shape=(2,), dtype=tf.float32, name=None)"
    assert "element_spec=(TensorSpec(shape=(None, 2)" in repr(pairs.batch(4))
    whole = next(iter(Dataset.from_tensors((X, Y))))
    assert whole[0].shape == (10, 2)
    made = Dataset.from_generator(lambda: ((x, 1) for x in X)).batch(5)
    assert next(iter(made))[0].shape == (5, 2)
    with pytest.raises(DataError, match="10"):
        Dataset.from_tensor_slices((X, Y[:4]))


def test_a_model_learns_from_it_as_from_the_arrays() -> None:
    def fitted(*data: Any, **arguments: Any) -> Any:
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(*data, epochs=3, shuffle=False, verbose=0, **arguments)
        return model

    slices = Dataset.from_tensor_slices((X, Y))
    plain = fitted(X, Y, batch_size=4)
    for data, arguments in ((slices.batch(4), {}), (slices.batch(5).repeat(), {"steps_per_epoch": 2})):
        model = fitted(data, **arguments)
        size = len(next(iter(data))[0])
        other = plain if size == 4 else fitted(X, Y, batch_size=size)
        np.testing.assert_allclose(model.predict(X, verbose=0), other.predict(X, verbose=0), atol=1e-6)
    assert plain.evaluate(slices.batch(3), verbose=0) == pytest.approx(plain.evaluate(X, Y, verbose=0))
    np.testing.assert_allclose(
        plain.predict(slices.batch(3), verbose=0), plain.predict(X, verbose=0), atol=1e-6
    )


# What TensorFlow 2.21 prints for these rows
ROW = "TensorSpec(shape=(2,), dtype=tf.float32, name=None), TensorSpec(shape=(), dtype=tf.int64, name=None)"
ROWS = ROW.replace("(2,)", "(None, 2)").replace("()", "(None,)")
FIVE = ROW.replace("(2,)", "(5, 2)").replace("()", "(5,)")
PRINTED: list[tuple[Any, str]] = [
    (lambda d: d, f"<_TensorSliceDataset element_spec=({ROW})>"),
    (lambda d: d.shuffle(10).batch(4), f"<_BatchDataset element_spec=({ROWS})>"),
    (lambda d: d.batch(4).prefetch(-1), f"<_PrefetchDataset element_spec=({ROWS})>"),
    (lambda d: d.batch(4).map(lambda x, y: (x / 2, y)), f"<_MapDataset element_spec=({ROWS})>"),
    (
        lambda d: d.map(lambda x, y: (x, y), num_parallel_calls=2),
        f"<_ParallelMapDataset element_spec=({ROW})>",
    ),
    (lambda d: d.batch(5, drop_remainder=True).cache(), f"<CacheDataset element_spec=({FIVE})>"),
    (lambda d: d.batch(4).unbatch(), f"<_UnbatchDataset element_spec=({ROW})>"),
    (lambda d: d.batch(4).repeat(), f"<_RepeatDataset element_spec=({ROWS})>"),
]


@pytest.mark.parametrize(("made", "printed"), PRINTED)
def test_a_dataset_is_shown_as_tensorflow_shows_it(made: Any, printed: str) -> None:
    data = made(Dataset.from_tensor_slices((X, Y)))
    assert repr(data) == printed


def test_a_tensor_is_shown_as_tensorflow_shows_it() -> None:
    x, y = next(iter(Dataset.from_tensor_slices((X, Y)).batch(3)))
    assert (str(y), repr(y)) == (
        "tf.Tensor([0 1 2], shape=(3,), dtype=int64)",
        "<tf.Tensor: shape=(3,), dtype=int64, numpy=array([0, 1, 2])>",
    )
    assert (str(y[0]), repr(y[1] + 1)) == (
        "tf.Tensor(0, shape=(), dtype=int64)",
        "<tf.Tensor: shape=(), dtype=int64, numpy=2>",
    )
    assert str(x[:2]).splitlines() == ["tf.Tensor(", "[[0. 1.]", " [2. 3.]], shape=(2, 2), dtype=float32)"]
    assert (str(x.shape), repr(x.shape), repr(x.shape[1:]), f"{y.shape}") == (
        *("(3, 2)", "TensorShape([3, 2])", "TensorShape([2])", "(3,)"),
    )
    assert x.shape == [3, 2] and x.shape == (3, 2) and x.shape != [3] and {x.shape: 1}[(3, 2)] == 1
    assert (str(x.dtype), repr(x.dtype), f"{y.dtype}") == (
        *("<dtype: 'float32'>", "tf.float32", "<dtype: 'int64'>"),
    )
    assert f"{y[2]} {y}" == "2 [0 1 2]" and x.dtype == "float32" == x.dtype.name and x.dtype == np.float32
    words = list(Dataset.from_tensor_slices(["a", "b"]))
    assert str(words[0]) == "tf.Tensor(b'a', shape=(), dtype=string)" and words[1].numpy().decode() == "b"
    large = Dataset.from_tensor_slices([2**40, 1])  # does not fit into int32
    assert rows(large) == [2**40, 1] and large.element_spec.dtype == "int64"
    [numbers] = Dataset.from_generator(lambda: iter([([1, 2], 3)]), ("float32", "int32"), ((2,), ()))
    assert [part.dtype.name for part in numbers] == ["float32", "int32"]


def test_a_tensor_stays_an_array() -> None:
    """Signs make tensors of it, NumPy's functions plain arrays; tables, pictures and scikit-learn take it."""
    import pandas as pd
    from sklearn.metrics import confusion_matrix

    x, y = next(iter(Dataset.from_tensor_slices((X, Y)).batch(4)))
    for made in (x * 2, 1 - x, x > 1, x[0], X[:4] + x):
        assert repr(made).startswith("<tf.Tensor")
    for made in (np.exp(x), np.round(x, 1), np.squeeze(x), np.concatenate([x, x]), np.where(y > 1, y, 0)):
        assert type(made) is np.ndarray
    tables = pd.DataFrame(x)[0], pd.Series(y)
    assert all(isinstance(column.dtype, np.dtype) for column in tables) and tables[1].tolist() == [0, 1, 2, 3]
    table = pd.DataFrame({"x": x[:, 0], "y": y})
    assert table.values.tolist() == [[0, 0], [2, 1], [4, 2], [6, 3]] and table.y.value_counts()[3] == 1
    table["z"] = x[:, 1] * 2
    assert all(isinstance(dtype, np.dtype) for dtype in table.dtypes) and table.z.tolist() == [2, 6, 10, 14]
    assert confusion_matrix(y > 1, y > 2).tolist() == [[2, 0], [1, 1]]
    assert np.zeros(2, x.dtype).dtype == "float32" and X.astype(y.dtype).dtype == "int64"
    assert np.zeros(x.shape).shape == (4, 2) and isinstance(x.shape, tuple)


def test_datasets_are_drawn_from_by_chance() -> None:
    low, high = Dataset.range(5), Dataset.range(100, 200).repeat()
    mixed = Dataset.sample_from_datasets([low.repeat(), high], weights=[0.25, 0.75], seed=1)
    taken = [int(n) for n in mixed.take(400)]
    assert len(mixed.take(3)) == 3 and 60 < sum(n < 5 for n in taken) < 140
    assert [n for n in taken if n < 5][:6] == [0, 1, 2, 3, 4, 0]
    both = Dataset.sample_from_datasets([low, low])
    assert sorted(int(n) for n in both) == sorted(2 * list(range(5)))
    assert len(list(Dataset.sample_from_datasets([low, high], stop_on_empty_dataset=True))) < 200
