"""The table of names that libraries gave up, and what took their place. Three readers, nothing is written twice:
the running process answers the old names, the notes tell of them, `fix` writes the new ones.

Names are written from the top: `keras.layers.convolutional`. `keras` also stands for `tensorflow.keras` and
`tensorflow.python.keras`.
"""

from __future__ import annotations

import re

# Modules that are gone: everything in them lies in the other one now.
MODULES: dict[str, str] = {
    **dict.fromkeys(
        (
            "keras.layers.convolutional",
            "keras.layers.core",
            "keras.layers.pooling",
            "keras.layers.normalization",
            "keras.layers.normalization.batch_normalization",
            "keras.layers.advanced_activations",
            "keras.layers.noise",
            "keras.layers.merge",
            "keras.layers.experimental.preprocessing",
            "keras.engine",
            "keras.engine.topology",
            "keras.engine.input_layer",
            "keras.layers.local",
            "keras.layers.embeddings",
            "keras.layers.recurrent",
            "keras.layers.wrappers",
        ),
        "keras.layers",
    ),
    "keras.objectives": "keras.losses",
    "keras.initializations": "keras.initializers",
    "keras_preprocessing": "keras.preprocessing",
    "keras_preprocessing.image": "keras.preprocessing.image",
    **dict.fromkeys(
        (
            "keras.utils.np_utils",
            "keras.utils.vis_utils",
            "keras.utils.visualize_util",
            "keras.utils.generic_utils",
            "keras.utils.data_utils",
            "keras.utils.layer_utils",
            "keras.utils.all_utils",
        ),
        "keras.utils",
    ),
    "keras.backend.tensorflow_backend": "keras.backend",
    "keras.engine.sequential": "keras.models",
    "keras.engine.training": "keras.models",
    "keras.callbacks.callbacks": "keras.callbacks",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.optimizer_v2.adam": "keras.optimizers",
    "keras.optimizers.optimizer_v2": "keras.optimizers",
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.externals.joblib": "joblib",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.linear_model.logistic": "sklearn.linear_model",
    "sklearn.ensemble.forest": "sklearn.ensemble",
    "sklearn.tree.tree": "sklearn.tree",
    "sklearn.neighbors.classification": "sklearn.neighbors",
    "sklearn.metrics.classification": "sklearn.metrics",
    "sklearn.metrics.scorer": "sklearn.metrics",
    "sklearn.preprocessing.data": "sklearn.preprocessing",
    "pandas.tools": "pandas",
    "pandas.tools.plotting": "pandas.plotting",
    "pandas.io.json.json_normalize": "pandas.json_normalize",
}

# Single names that are gone or were renamed.
NAMES: dict[str, str] = {
    "keras.layers.Convolution1D": "keras.layers.Conv1D",
    "keras.layers.Convolution2D": "keras.layers.Conv2D",
    "keras.engine.Model": "keras.models.Model",
    "keras.engine.Sequential": "keras.models.Sequential",
    "keras.utils.plot": "keras.utils.plot_model",
    "keras.utils.visualize_util.plot": "keras.utils.plot_model",
    "keras.backend.set_image_dim_ordering": "keras.config.set_image_data_format",
    "keras.backend.image_dim_ordering": "keras.config.image_data_format",
    "tensorflow.set_random_seed": "tensorflow.random.set_seed",
    "tensorflow.random.set_random_seed": "tensorflow.random.set_seed",
    "tensorflow.compat.v1.set_random_seed": "tensorflow.random.set_seed",
    "numpy.float": "float",
    "numpy.int": "int",
    "numpy.object": "object",
    "numpy.str": "str",
    "numpy.complex": "complex",
    "numpy.long": "int",
    "numpy.float_": "numpy.float64",
    "numpy.complex_": "numpy.complex128",
    "numpy.string_": "numpy.bytes_",
    "numpy.unicode_": "numpy.str_",
    "numpy.Inf": "numpy.inf",
    "numpy.Infinity": "numpy.inf",
    "numpy.infty": "numpy.inf",
    "numpy.NaN": "numpy.nan",
    "numpy.NAN": "numpy.nan",
    "numpy.product": "numpy.prod",
    "numpy.cumproduct": "numpy.cumprod",
    "numpy.sometrue": "numpy.any",
    "numpy.alltrue": "numpy.all",
    "numpy.in1d": "numpy.isin",
    "numpy.trapz": "numpy.trapezoid",
    "numpy.row_stack": "numpy.vstack",
    "numpy.round_": "numpy.round",
    "numpy.asscalar": "numpy.ndarray.item",
    "numpy.VisibleDeprecationWarning": "numpy.exceptions.VisibleDeprecationWarning",
    "pandas.scatter_matrix": "pandas.plotting.scatter_matrix",
    "pandas.np": "numpy",
    "pandas.datetime": "datetime.datetime",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
    "sklearn.metrics.plot_confusion_matrix": "sklearn.metrics.ConfusionMatrixDisplay.from_estimator",
    "sklearn.metrics.plot_roc_curve": "sklearn.metrics.RocCurveDisplay.from_estimator",
    "sklearn.metrics.jaccard_similarity_score": "sklearn.metrics.jaccard_score",
    "seaborn.factorplot": "seaborn.catplot",
    "seaborn.tsplot": "seaborn.lineplot",
    "matplotlib.cm.get_cmap": "matplotlib.pyplot.get_cmap",
}

# Methods of models that are gone, by name alone: no other library has them.
METHODS: dict[str, str] = {
    "fit_generator": "fit",
    "evaluate_generator": "evaluate",
    "predict_generator": "predict",
}

# Arguments that were renamed: of which call (its last name), from what, to what.
FITTING = ("fit", "fit_generator", "evaluate_generator", "predict_generator", "evaluate", "predict")
OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Nadam", "Adadelta", "Adamax")
ARGUMENTS: dict[tuple[str, ...], dict[str, str]] = {
    FITTING: {
        "nb_epoch": "epochs",
        "nb_val_samples": "validation_steps",
        "samples_per_epoch": "steps_per_epoch",
        "val_samples": "steps",
        "show_accuracy": "",
        "pickle_safe": "",
        "nb_worker": "workers",
        "max_q_size": "max_queue_size",
        "generator": "x",
    },
    OPTIMIZERS: {"lr": "learning_rate"},
    ("Dense", "Conv2D", "Convolution2D", "Conv1D"): {
        "output_dim": "units",
        "init": "kernel_initializer",
        "W_regularizer": "kernel_regularizer",
        "b_regularizer": "bias_regularizer",
        "border_mode": "padding",
        "subsample": "strides",
        "nb_filter": "filters",
        "bias": "use_bias",
    },
    ("MaxPooling2D", "AveragePooling2D"): {"border_mode": "padding"},
    ("Dropout",): {"p": "rate"},
    ("ReduceLROnPlateau",): {"epsilon": "min_delta"},
    ("plot_model", "model_to_dot", "plot"): {"show_shape": "show_shapes"},
    ("distplot",): {"hist": ""},
    ("read_csv", "read_table"): {"delim_whitespace": "sep"},  # sep=r'\s+'
}

_KERAS = re.compile(r"^(?:tensorflow\.(?:python\.|_api\.v2\.|compat\.v[12]\.)?|tf_)keras(?=\.|$)")


def canonical(name: str) -> str:
    """The name as this table writes it: `tensorflow.keras.layers.Dense` is `keras.layers.Dense`."""
    return _KERAS.sub("keras", name)


def successor(name: str) -> str | None:
    """What took the place of this name, or None where it is still called so.

    Args:
        name: from the top, with `tensorflow.keras` or `keras` before it.
    """
    plain = canonical(name)
    if plain in NAMES:
        return NAMES[plain]
    if plain in MODULES:
        return MODULES[plain]
    head, _, leaf = plain.rpartition(".")
    if head in MODULES:
        moved = f"{MODULES[head]}.{leaf}"
        return NAMES.get(moved, moved)
    return None


def argument(call: str, name: str) -> str | None:
    """The new name of a keyword argument of a call (its last name); "" where it is gone; None: unchanged."""
    for calls, names in ARGUMENTS.items():
        if call in calls and name in names:
            return names[name]
    return None
