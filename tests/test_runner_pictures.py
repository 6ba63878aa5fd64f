"""`tf.image`, `tf.io` and the few names of TensorFlow beside them, as `hakseup run` answers them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from hakseup.errors import HakseupError
from hakseup.keras import Input, Model, layers
from hakseup.runner import renames
from hakseup.runner.inside import imports, libraries, tensorflow, tensorflow_images

PICTURE = np.random.default_rng(3).integers(0, 256, (6, 9, 3), dtype=np.uint8)


@pytest.fixture
def tf(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module; what it imports by Keras' names is asked for by hakseup's."""
    import importlib

    asked = importlib.import_module

    def found(name: str, package: str | None = None) -> Any:
        if name.startswith("tensorflow"):
            return tensorflow.module(name)
        return imports.facade(name) if name.startswith("keras") else asked(name, package)

    monkeypatch.setattr(tensorflow.importlib, "import_module", found)
    return tensorflow.module("tensorflow")


def test_pictures_from_files_to_batches(tf: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(PICTURE).save(tmp_path / name / "0.png")

    def read(path: Any) -> Any:
        kind = tf.argmax(tf.strings.split(path, "/")[-2] == np.array(["a", "b"]))
        picture = tf.io.decode_png(tf.io.read_file(path), channels=3)
        assert picture.dtype == np.uint8 and (picture.numpy() == PICTURE).all()
        return tf.image.resize(tf.image.convert_image_dtype(picture, tf.float32), [4, 6]), kind

    listed = tf.data.Dataset.list_files(str(tmp_path / "*" / "*.png"), shuffle=False)
    ((x, y),) = listed.map(read).batch(2)
    assert x.shape == (2, 4, 6, 3) and x.dtype == np.float32 and 0 <= x.min() <= x.max() <= 1
    assert y.numpy().tolist() == [0, 1]


def test_pictures_are_changed(tf: Any) -> None:
    np.testing.assert_array_equal(tf.image.flip_left_right(PICTURE), PICTURE[:, ::-1])
    np.testing.assert_array_equal(tf.image.flip_up_down(PICTURE[None])[0], PICTURE[::-1])
    np.testing.assert_array_equal(tf.image.rot90(PICTURE), np.rot90(PICTURE))
    assert tf.image.central_crop(PICTURE, 0.5).shape == (4, 5, 3)
    grey = tf.image.rgb_to_grayscale(PICTURE)
    assert grey.dtype == np.uint8 and tf.image.grayscale_to_rgb(grey).shape == PICTURE.shape
    np.testing.assert_allclose(grey[..., 0], PICTURE @ np.array([0.2989, 0.587, 0.114]), atol=1)
    brighter = tf.image.adjust_brightness(PICTURE, 0.2).numpy()
    np.testing.assert_allclose(brighter, np.minimum(PICTURE + 51.0, 255), atol=1)
    standard = tf.image.per_image_standardization(PICTURE)
    assert abs(standard.mean()) < 1e-5 and standard.std() == pytest.approx(1, abs=1e-4)
    sides = {bool((tf.image.random_flip_left_right(PICTURE) == PICTURE).all()) for _ in range(20)}
    assert sides == {True, False}


def test_a_way_to_resize_that_is_not_there_is_named(tf: Any) -> None:
    with pytest.raises(HakseupError, match="method must be 'bilinear'"):
        tf.image.resize(PICTURE, [4, 4], method="bicubic")


def test_arguments_have_tensorflows_names(tf: Any) -> None:
    a = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for made, expected in [
        (tf.clip_by_value(a, clip_value_min=2.0, clip_value_max=5.0), np.clip(a, 2, 5)),
        (tf.clip_by_value(t=a, clip_value_min=2.0, clip_value_max=5.0, name="kept"), np.clip(a, 2, 5)),
        (tf.reduce_mean(input_tensor=a, axis=1), [2, 5]),
        (tf.reduce_sum(a, [0, 1]), 21),
        (tf.reduce_max(a, axis=[1], keepdims=True), [[3], [6]]),
        (tf.transpose(a, perm=[1, 0]), np.asarray(a).T),
        (tf.concat(values=[a, a], axis=1)[0], [1, 2, 3, 1, 2, 3]),
        (tf.expand_dims(input=a, axis=0)[0], a),
        (tf.range(start=0, limit=5, delta=2), [0, 2, 4]),
        (tf.where(condition=a > 2, x=a, y=-a)[0], [-1, -2, 3]),
        (tf.tile(a, multiples=[2, 1])[2], a[0]),
        (tf.matmul(a, a, transpose_b=True), [[14, 32], [32, 77]]),
        (tf.nn.softmax(logits=a)[0], tf.nn.softmax(a)[1]),
        (tf.pad(a, paddings=[[1, 0], [0, 0]])[0], [0, 0, 0]),
        (tf.reverse(a, axis=[1])[0], [3, 2, 1]),
        (tf.split(a, num_or_size_splits=[1, 2], axis=1)[1], a[:, 1:]),
        (tf.boolean_mask(a, [True, False]), a[:1]),
        (tf.math.top_k(a, k=2).indices, [[2, 1], [2, 1]]),
        (tf.numpy_function(lambda x: x * 2, [a], tf.float32), a * 2),
        (tf.config.list_physical_devices(device_type="GPU"), []),
    ]:
        np.testing.assert_allclose(made, expected)
    drawn = tf.random.truncated_normal([5000], mean=1.0, stddev=0.1)
    assert abs(drawn - 1).max() <= 0.2 and drawn.std() == pytest.approx(0.088, abs=0.004)


def test_colours_are_those_of_the_wheel(tf: Any) -> None:
    import colorsys

    def expected(turn: float, factor: float) -> list[tuple[float, float, float]]:
        hsv = [colorsys.rgb_to_hsv(*rgb) for rgb in PICTURE.reshape(-1, 3) / 255]
        return [colorsys.hsv_to_rgb((h + turn) % 1, min(1, s * factor), v) for h, s, v in hsv]

    def flat(picture: Any) -> np.ndarray:
        assert picture.dtype == np.uint8 and picture.shape == PICTURE.shape
        return picture.numpy().reshape(-1, 3) / 255

    np.testing.assert_allclose(flat(tf.image.adjust_hue(PICTURE, 0.3)), expected(0.3, 1), atol=2 / 255)
    np.testing.assert_allclose(flat(tf.image.adjust_saturation(PICTURE, 3)), expected(0, 3), atol=2 / 255)
    decimals = tf.image.adjust_hue(PICTURE.astype("float32"), 0.3).numpy().reshape(-1, 3) / 255
    np.testing.assert_allclose(decimals, expected(0.3, 1), atol=1e-5)
    np.testing.assert_array_equal(tf.image.adjust_saturation(np.zeros((2, 2, 3)), 3), np.zeros((2, 2, 3)))


def test_parts_and_frames_and_seeds_of_pictures(tf: Any) -> None:
    framed = tf.image.resize_with_crop_or_pad(PICTURE, 8, 5)
    np.testing.assert_array_equal(framed[1:7], PICTURE[:, 2:7])
    assert framed.shape == (8, 5, 3) and not framed[0].any() and not framed[7].any()
    assert tf.image.resize_with_pad(PICTURE, 6, 6).shape == (6, 6, 3)
    assert tf.image.random_crop(PICTURE, [4, 5, 3]).shape == (4, 5, 3)
    one, again, other = (
        tf.image.stateless_random_crop(PICTURE, size=[3, 4, 3], seed=seed)
        for seed in ((1, 2), np.array([1, 2]), (1, 9))
    )
    assert (one == again).all() and not (one == other).all()
    assert tf.random.split((1, 2), num=1)[0, :].shape == (2,)
    generator = tf.random.Generator.from_seed(3)
    assert not (generator.make_seeds(2)[:, 0] == generator.make_seeds(2)[:, 0]).all()
    counted = tf.data.experimental.Counter()
    pairs = tf.data.Dataset.zip((tf.data.Dataset.range(3), (counted, counted)))
    assert [(int(a), int(b), int(c)) for a, (b, c) in pairs] == [(0, 0, 0), (1, 1, 1), (2, 2, 2)]


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
def test_sizes_are_those_of_keras(method: str) -> None:
    keras = pytest.importorskip("keras", reason="the real Keras is not installed (pip install hakseup[dev])")
    for size in ((4, 6), (13, 10)):
        theirs = keras.ops.image.resize(PICTURE[None].astype("float32"), size, method)
        ours = tensorflow_images.resize(PICTURE[None], size, method)
        np.testing.assert_allclose(ours, keras.ops.convert_to_numpy(theirs), atol=1e-3)


def test_shapes_and_confusion(tf: Any) -> None:
    assert tf.shape(PICTURE)[0].numpy() == 6
    assert tf.math.confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2]).numpy().tolist() == [
        [1, 0, 0],
        [0, 1, 1],
        [0, 0, 1],
    ]
    start = Input((4,))
    assert Model(start, tf.add(start, tf.nn.relu(start))).count_params() == 0
    assert [layer.type for layer in Model(start, tf.multiply(start, 2.0)).layers] == ["Input", "Rescaling"]
    with pytest.raises(AttributeError, match="ssim_multiscale"):
        _ = tf.image.ssim_multiscale
    with pytest.raises(Exception, match="channels first"):
        layers.Conv2D(4, 3).output_shape((1, 28, 28))


def test_functions_that_losses_and_figures_of_ones_own_are_written_with(tf: Any) -> None:
    x, y = np.array([[1.0, 2.0], [3.0, 0.0]], np.float32), np.array([[0.0, 2.0], [4.0, 0.0]], np.float32)
    for name, wanted in (
        ("squared_difference", (x - y) ** 2),
        ("divide_no_nan", [[0, 1], [0.75, 0]]),
    ):
        assert getattr(tf.math, name)(x, y).numpy().tolist() == np.asarray(wanted).tolist()
        learned = torch.from_numpy(x).requires_grad_()
        getattr(tf.math, name)(learned, torch.from_numpy(y)).sum().backward()
        assert learned.grad is not None and bool(torch.isfinite(learned.grad).all())
    assert tf.math.reduce_std(x).numpy() == pytest.approx(x.std()) and tf.math.reduce_variance(
        x
    ) == pytest.approx(x.var())
    np.testing.assert_allclose(tf.norm(x, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-6)
    np.testing.assert_allclose(
        tf.nn.l2_normalize(x, axis=1), x / np.linalg.norm(x, axis=1, keepdims=True), rtol=1e-6
    )
    assert tf.math.is_nan(np.array([1.0, np.nan])).numpy().tolist() == [False, True]
    assert tf.sort([3, 1, 2]).numpy().tolist() == [1, 2, 3] and tf.eye(2).dtype == tf.float32


def test_losses_of_ones_own_learn_through_functions_of_tensors(tf: Any) -> None:
    found = torch.tensor([[0.25, 0.5]], requires_grad=True)
    truth = torch.tensor([[0.0, 1.0]])
    sure = tf.where(tf.equal(truth, 1), found, tf.ones_like(found))
    loss = tf.reduce_sum(tf.multiply(sure, tf.subtract(found, truth))) + tf.reduce_sum(
        tf.stack([found, found])
    )
    loss.backward()
    assert found.grad is not None and found.grad.tolist() == [[3.0, 2.0]]


def test_scores_of_old_scikit_learn_have_their_names() -> None:
    choices = SimpleNamespace(options={"neg_log_loss"})
    scorers = {
        f"neg_{name}": name
        for name in ("log_loss", "mean_squared_error", "mean_absolute_error", "median_absolute_error")
    }
    check = SimpleNamespace(_skl_parameter_constraints={"scoring": [choices, callable]})
    libraries._sklearn_scorers(SimpleNamespace(_SCORERS=scorers, check_scoring=check))
    assert scorers["log_loss"] == "log_loss" and "mean_squared_error" in choices.options


def test_the_table_that_scikit_learn_withdrew_is_that_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    from hakseup.keras.datasets import boston_housing

    rows = (np.arange(26.0).reshape(2, 13), np.array([21.5, 30.0]))
    monkeypatch.setattr(boston_housing, "load_data", lambda test_split: (rows, ([], [])))
    datasets = SimpleNamespace()
    libraries._sklearn_datasets(datasets)
    found = datasets.load_boston()
    assert found.data.shape == (2, 13) and found.target.tolist() == [21.5, 30.0]
    assert found["feature_names"].tolist()[5] == "RM" and len(found.feature_names) == 13
    assert datasets.load_boston(return_X_y=True)[1] is rows[1]


def test_the_columns_that_an_encoder_was_told_are_spread_and_the_others_stand_behind_them() -> None:
    """As scikit-learn did it up to 0.21: `OneHotEncoder(categorical_features=[1])`."""
    from sklearn.preprocessing import OneHotEncoder

    class Old(OneHotEncoder):  # type: ignore[misc,unused-ignore]
        pass

    libraries._sklearn_preprocessing(SimpleNamespace(OneHotEncoder=Old))
    rows = np.array([["1", "b", 5.0], ["0", "a", 6.0]], dtype=object)
    spread = [[0, 1, 1, 5], [1, 0, 0, 6]]
    for chosen in ([1], [False, True, False]):
        encoder = Old(categorical_features=chosen, n_values="auto")
        assert encoder.fit_transform(rows).toarray().tolist() == spread
        assert encoder.transform(rows[1:]).toarray().tolist() == spread[1:]
    assert Old(sparse=False, categorical_features="all").fit_transform(rows[:, :2]).tolist() == [
        [0, 1, 0, 1],
        [1, 0, 1, 0],
    ]


def test_small_functions_of_tensorflow(tf: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert tf.random.normal([2, 3], mean=5.0, stddev=0.0).numpy().tolist() == [[5.0] * 3] * 2
    whole = tf.random.uniform((50,), minval=1, maxval=3, dtype=tf.int32).numpy()
    assert set(whole.tolist()) == {1, 2}
    tf.print("a", 1)
    assert capsys.readouterr().out == "a 1\n"
    assert int(tf.rank([[1]])) == 2 and int(tf.size([1, 2])) == 2 and tf.tile([1], [2]).tolist() == [1, 1]
    assert bool(tf.reduce_all([True, True])) and not bool(tf.reduce_any([False]))


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("keras.objectives", "keras.losses"),
        ("keras.initializations", "keras.initializers"),
        ("keras.layers.recurrent", "keras.layers"),
        ("keras.src.legacy.preprocessing.image", "keras.preprocessing.image"),
        ("keras.optimizers.legacy", "keras.optimizers.legacy"),
    ],
)
def test_modules_that_are_gone_are_what_took_their_place(old: str, today: str) -> None:
    assert imports.facade(old) is imports.facade(today)
    assert renames.MODULES["keras_preprocessing.image"] == "keras.preprocessing.image"
