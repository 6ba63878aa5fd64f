"""`ImageDataGenerator`: which changes pictures get, drawn and applied; where the pictures come from is `iterators`'.

Random numbers come from the generator that is handed over, never from NumPy's global one. Angles are degrees, shifts
below 1 are shares of the side, and everything that moves pixels happens in one sampling.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hakseup.errors import CallError, DataError
from hakseup.keras.preprocessing import affine
from hakseup.keras.preprocessing.files import array_to_img, choice, img_to_array
from hakseup.keras.seeds import next_seed
from hakseup.seeds import numpy_generator
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.keras.preprocessing.from_files import DataFrameIterator, DirectoryIterator
    from hakseup.keras.preprocessing.iterators import NumpyArrayIterator

EPSILON = 1e-6  # beside a deviation, as Keras has it
Transform = dict[str, Any]


class ImageDataGenerator:
    """Pictures in batches, each changed at random while training.

    Args:
        featurewise_center: take the mean of each channel off, as `fit` found it.
        samplewise_center: take each picture's own mean off.
        featurewise_std_normalization: divide by the deviation of each channel, as `fit` found it.
        samplewise_std_normalization: divide by each picture's own deviation.
        zca_whitening: make all pixels independent of one another, by what `fit` found; takes the mean off, too.
        zca_epsilon: added to the deviations it divides by.
        rotation_range: degrees to either side.
        width_shift_range: to either side; below 1 a share of the width, from 1 pixels, or a list of shifts.
        height_shift_range: likewise, up and down.
        brightness_range: two factors between which the brightness is drawn.
        shear_range: degrees to either side.
        zoom_range: 0.2 is 0.8 to 1.2; or two factors.
        channel_shift_range: added to all channels, to either side.
        fill_mode: what comes in at the border: "nearest", "constant", "reflect", "wrap".
        cval: the number for "constant".
        horizontal_flip: half of them mirrored left to right. vertical_flip: top to bottom.
        rescale: factor for every pixel, such as 1/255, after the changes.
        preprocessing_function: from one picture (height, width, channels) to another, after the changes.
        data_format: only "channels_last".
        validation_split: share that `subset="validation"` takes from the front.
        interpolation_order: 1 or 0.
        dtype: of the batches.

    Raises:
        CallError: an argument that is out of range or not done here.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: float | Sequence[float] = 0.0,
        height_shift_range: float | Sequence[float] = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: float | Sequence[float] = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], np.ndarray] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        if data_format not in (None, "channels_last", "default"):
            raise _refused("data_format", data_format, Words("channels_last", "channels_last"))
        if not 0 <= validation_split < 1:
            raise _refused("validation_split", validation_split, Words("from 0 to below 1", "0 이상 1 미만"))
        if brightness_range is not None and np.shape(brightness_range) != (2,):
            raise _refused("brightness_range", brightness_range, Words("two factors", "두 배율"))
        if np.shape(zoom_range) not in ((), (2,)):
            raise _refused("zoom_range", zoom_range, Words("a number or two factors", "수 하나 또는 두 배율"))
        # whitening divides by its own deviations
        self.featurewise_std_normalization = featurewise_std_normalization and not zca_whitening
        self.featurewise_center = featurewise_center or featurewise_std_normalization or zca_whitening
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.samplewise_std_normalization = samplewise_std_normalization
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.brightness_range = brightness_range
        self.zoom_range = (
            [1 - float(zoom_range), 1 + float(zoom_range)]
            if isinstance(zoom_range, int | float)
            else list(zoom_range)
        )
        self.channel_shift_range = channel_shift_range
        self.fill_mode, self.cval = choice("fill_mode", fill_mode, affine.FILL_MODES), cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.validation_split, self.data_format = validation_split, "channels_last"
        self.interpolation_order = choice("interpolation_order", interpolation_order, (0, 1))
        self.dtype = np.dtype(dtype or "float32")
        self.mean: np.ndarray | None = None
        self.std: np.ndarray | None = None
        self.zca_whitening_matrix: np.ndarray | None = None

    # --- where pictures come from --------------------------------------------------------------------------

    def flow(self, x: Any, y: Any = None, *rest: Any, **arguments: Any) -> NumpyArrayIterator:
        """Batches from arrays; see `NumpyArrayIterator` for the other arguments."""
        from hakseup.keras.preprocessing.iterators import NumpyArrayIterator

        return NumpyArrayIterator(x, y, self, *rest, **arguments)

    def flow_from_directory(self, directory: Any, *rest: Any, **arguments: Any) -> DirectoryIterator:
        """Batches from a folder with one folder for each class; see `DirectoryIterator` for the other arguments."""
        from hakseup.keras.preprocessing.from_files import DirectoryIterator

        return DirectoryIterator(directory, self, *rest, **arguments)

    def flow_from_dataframe(
        self, dataframe: Any, directory: Any = None, *rest: Any, **arguments: Any
    ) -> DataFrameIterator:
        """Batches from files that a table names; see `DataFrameIterator` for the other arguments."""
        from hakseup.keras.preprocessing.from_files import DataFrameIterator

        return DataFrameIterator(dataframe, directory, self, *rest, **arguments)

    # --- one picture ---------------------------------------------------------------------------------------

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> Transform:
        """What would happen to one picture of this shape (height, width, channels), drawn anew.

        Args:
            img_shape: of the picture.
            seed: makes it repeatable.
        """
        return self.draw(
            img_shape, numpy_generator(next_seed("augment") if seed is None else seed, "augment")
        )

    def apply_transform(self, x: np.ndarray, transform_parameters: Transform) -> np.ndarray:
        """One picture (height, width, channels) changed as `get_random_transform` says."""
        return np.asarray(self.changed(np.asarray(x, self.dtype)[None], [transform_parameters])[0])

    def random_transform(self, x: np.ndarray, seed: int | None = None) -> np.ndarray:
        """One picture (height, width, channels) changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def standardize(self, x: np.ndarray) -> np.ndarray:
        """One picture (height, width, channels), or a batch, brought to scale; nothing random."""
        values = np.asarray(x, self.dtype)
        return np.asarray(self._scaled(values) if values.ndim == 4 else self._scaled(values[None])[0])

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Find mean and deviation of each channel for the featurewise arguments.

        Args:
            x: pictures (n, height, width, channels), of the training part alone.
            augment: of changed pictures.
            rounds: how often each picture is changed for that.
            seed: makes it repeatable.

        Raises:
            DataError: no pictures.
        """
        values = pictures(x, self.dtype)
        if self.rescale:
            values = values * self.dtype.type(self.rescale)
        if augment:
            generator = numpy_generator(next_seed("augment") if seed is None else seed, "fit")
            values = np.concatenate(
                [
                    self.changed(values, [self.draw(values.shape[1:], generator) for _ in values])
                    for _ in range(rounds)
                ]
            )
        if self.featurewise_center:
            self.mean = values.mean((0, 1, 2), keepdims=True)[0]
        if self.featurewise_std_normalization:
            self.std = values.std((0, 1, 2), keepdims=True)[0]
        if self.zca_whitening:
            rows = self._by_feature(values).reshape(len(values), -1)
            axes, spread, _ = np.linalg.svd(rows.T, full_matrices=False)
            whole = (axes * (np.sqrt(len(rows)) / (spread + self.zca_epsilon))) @ axes.T
            self.zca_whitening_matrix = whole.astype(self.dtype)

    # --- a batch -------------------------------------------------------------------------------------------

    def draw(self, shape: Sequence[int], generator: np.random.Generator) -> Transform:
        """As `get_random_transform`, from this generator."""
        low, high = self.zoom_range
        zx, zy = (1.0, 1.0) if low == high == 1 else generator.uniform(low, high, 2)
        bright = self.brightness_range
        return {
            "theta": _between(self.rotation_range, generator),
            "tx": _shift(self.height_shift_range, shape[0], generator),
            "ty": _shift(self.width_shift_range, shape[1], generator),
            "shear": _between(self.shear_range, generator),
            "zx": float(zx),
            "zy": float(zy),
            "flip_horizontal": bool(self.horizontal_flip and generator.random() < 0.5),
            "flip_vertical": bool(self.vertical_flip and generator.random() < 0.5),
            "channel_shift_intensity": _between(self.channel_shift_range, generator) or None,
            "brightness": float(generator.uniform(bright[0], bright[1])) if bright is not None else None,
        }

    def changed(self, x: np.ndarray, parameters: Sequence[Transform]) -> np.ndarray:
        """Every picture of a batch (b, h, w, c) changed in its own way; a new array."""
        if all(affine.is_identity(p) for p in parameters):
            x = x.copy()
        else:
            keys = ("theta", "tx", "ty", "shear", "zx", "zy")
            matrices = [
                affine.matrix(x.shape[1], x.shape[2], **{k: p[k] for k in keys if k in p}) for p in parameters
            ]
            x = affine.sample(x, matrices, self.fill_mode, self.cval, self.interpolation_order)
        for row, p in enumerate(parameters):
            shift, bright = p.get("channel_shift_intensity"), p.get("brightness")
            if shift is not None:
                x[row] = np.clip(x[row] + shift, x[row].min(), x[row].max())
            if p.get("flip_horizontal"):
                x[row] = x[row][:, ::-1].copy()
            if p.get("flip_vertical"):
                x[row] = x[row][::-1].copy()
            if bright is not None:
                x[row] = _brightened(x[row], bright)
        return x

    def batch(self, x: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """A batch (b, h, w, c) changed at random and brought to scale; a new array."""
        if not self._changes():
            return self._scaled(x.copy())
        return self._scaled(self.changed(x, [self.draw(x.shape[1:], generator) for _ in x]))

    def _changes(self) -> bool:
        """Whether it changes pictures at random; most generators of validation pictures only bring them to scale."""
        return (
            any((self.rotation_range, self.shear_range, self.channel_shift_range))
            or any(map(np.any, (self.width_shift_range, self.height_shift_range)))
            or tuple(self.zoom_range) != (1, 1)
            or self.horizontal_flip
            or self.vertical_flip
            or self.brightness_range is not None
        )

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        if self.preprocessing_function is not None:
            x = np.stack([np.asarray(self.preprocessing_function(one), self.dtype) for one in x])
        if self.rescale:
            x = x * self.dtype.type(self.rescale)
        if self.samplewise_center:
            x = x - x.mean((1, 2, 3), keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (x.std((1, 2, 3), keepdims=True) + EPSILON)
        for asked, found in (
            (self.featurewise_center, self.mean),
            (self.featurewise_std_normalization, self.std),
            (self.zca_whitening, self.zca_whitening_matrix),
        ):
            if asked and found is None:
                said = Words(
                    "ImageDataGenerator: mean and deviation are asked for but were never found; call fit(x_train) first.",
                    "ImageDataGenerator: 평균과 표준편차를 쓰라고 했지만 구한 적이 없습니다. fit(x_train)을 먼저 부르세요.",
                )
                warnings.warn(str(said), stacklevel=5)
                break
        x = self._by_feature(x)
        if self.zca_whitening_matrix is not None:
            x = (x.reshape(len(x), -1) @ self.zca_whitening_matrix).reshape(x.shape)
        return x.astype(self.dtype, copy=False)

    def _by_feature(self, x: np.ndarray) -> np.ndarray:
        """Pictures (n, height, width, channels) with the mean and the deviation that `fit` found taken out."""
        if self.featurewise_center and self.mean is not None:
            x = x - self.mean
        if self.featurewise_std_normalization and self.std is not None:
            x = x / (self.std + EPSILON)
        return x


def pictures(x: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """Pictures as numbers (n, height, width, channels).

    Raises:
        DataError: another shape.
    """
    values = np.asarray(x, dtype)
    if values.ndim != 4:
        raise DataError(
            "bad-shape",
            Words(
                f"Pictures are (n, height, width, channels); these are {values.shape}.",
                f"그림의 모양은 (장수, 높이, 너비, 채널)이어야 하는데 받은 모양은 {values.shape}입니다.",
            ),
            Words(
                "Grey pictures need a last axis of 1: x.reshape(-1, 28, 28, 1).",
                "흑백 그림은 x.reshape(-1, 28, 28, 1)처럼 마지막 축 1이 필요합니다.",
            ),
        )
    return values


def _between(reach: float, generator: np.random.Generator) -> float:
    return float(generator.uniform(-reach, reach)) if reach else 0.0


def _shift(value: float | Sequence[float], side: int, generator: np.random.Generator) -> float:
    """Pixels: a whole number n gives -(n - 1) to n - 1, a list one of its entries, to either side."""
    if not np.any(value):
        return 0.0
    if isinstance(value, float | np.floating):
        out = float(generator.uniform(-value, value))
    else:
        entries = np.arange(value) if isinstance(value, int | np.integer) else np.asarray(value)
        out = float(generator.choice(entries) * generator.choice([-1, 1]))
    return out * side if np.max(value) < 1 else out


def _brightened(x: np.ndarray, factor: float) -> np.ndarray:
    """As Keras does it: in whole numbers 0 to 255, by Pillow."""
    from PIL import ImageEnhance

    low, high = float(x.min()), float(x.max())
    other_scale = low < 0 or high > 255
    image = ImageEnhance.Brightness(array_to_img(x, scale=other_scale)).enhance(factor)
    out = img_to_array(image, dtype=x.dtype)
    return out / 255 * (high - low) + low if other_scale else out


def _refused(argument: str, value: Any, expected: Words) -> CallError:
    return CallError(
        "bad-argument",
        Words(
            f"ImageDataGenerator: {argument} must be {expected.en}; it is {value!r}.",
            f"ImageDataGenerator: {argument} 값은 {expected.ko}이어야 합니다. 받은 값은 {value!r}입니다.",
        ),
    )
