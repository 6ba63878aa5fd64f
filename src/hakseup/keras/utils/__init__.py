"""`keras.utils`: one-hot rows, seeds, pictures of networks, picture files, downloads."""

from __future__ import annotations

from typing import Any

from hakseup.keras import own_objects
from hakseup.keras.backend import clear_session
from hakseup.keras.outside import missing
from hakseup.keras.preprocessing.files import array_to_img, img_to_array, load_img, save_img
from hakseup.keras.preprocessing.folders import image_dataset_from_directory
from hakseup.keras.printing import Progbar
from hakseup.keras.seeds import set_seed
from hakseup.keras.utils import data_utils, generic_utils, np_utils, vis_utils
from hakseup.keras.utils.data_utils import PyDataset, Sequence, get_file
from hakseup.keras.utils.np_utils import normalize, to_categorical
from hakseup.keras.utils.vis_utils import model_to_dot, plot_model

__all__ = [
    "Progbar",
    "PyDataset",
    "Sequence",
    "array_to_img",
    "clear_session",
    "data_utils",
    "generic_utils",
    "get_file",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "model_to_dot",
    "normalize",
    "np_utils",
    "plot",
    "plot_model",
    "print_summary",
    "save_img",
    "set_random_seed",
    "to_categorical",
    "vis_utils",
]


def set_random_seed(seed: int) -> None:
    """Everything random from now on follows from this seed, NumPy's and Python's own numbers too."""
    import random

    import numpy as np

    random.seed(seed)
    np.random.seed(seed)
    set_seed(seed)


def print_summary(model: Any, line_length: Any = None, positions: Any = None, print_fn: Any = None) -> None:
    """`model.summary()`, as Keras 1 and 2 had it beside the models."""
    model.summary(line_length, positions, print_fn)


plot = plot_model  # as Keras 1 called it


def __getattr__(name: str) -> object:
    if name in own_objects.__all__:
        return getattr(own_objects, name)
    raise missing("keras.utils", name, [*__all__, *own_objects.__all__])
