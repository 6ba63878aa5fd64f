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
    "keras.optimizers.experimental": "keras.optimizers",
    "keras.layers.experimental": "keras.layers",
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
    "keras.models.model_from_yaml": "keras.models.model_from_json",
    "keras.utils.plot": "keras.utils.plot_model",
    "keras.utils.visualize_util.plot": "keras.utils.plot_model",
    "keras.backend.set_image_dim_ordering": "keras.backend.set_image_data_format",
    "keras.backend.image_dim_ordering": "keras.backend.image_data_format",
    "keras.regularizers.l1l2": "keras.regularizers.l1_l2",
    **{
        f"keras.regularizers.activity_{old}": f"keras.regularizers.{new}"
        for old, new in (("l1", "l1"), ("l2", "l2"), ("l1l2", "l1_l2"))
    },
    **{
        f"keras.constraints.{name.replace('_', '')}": f"keras.constraints.{name}"
        for name in ("max_norm", "non_neg", "unit_norm")
    },
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.experimental.CosineDecay": "keras.optimizers.schedules.CosineDecay",
    "keras.experimental.CosineDecayRestarts": "keras.optimizers.schedules.CosineDecayRestarts",
    **{
        f"keras.optimizers.{name.lower()}": f"keras.optimizers.{name}"
        for name in ("SGD", "RMSprop", "Adam", "Adagrad", "Adadelta", "Adamax", "Nadam")
    },
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

# Libraries that have ended; what was built with them is built with Keras alone.
ENDED = ("theano", "cntk", "tflearn", "lasagne")

# Arguments that were renamed: of which call (its last name), from what, to what.
FITTING = ("fit", "fit_generator", "evaluate_generator", "predict_generator", "evaluate", "predict")
OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Nadam", "Adadelta", "Adamax")
ARGUMENTS: dict[tuple[str, ...], dict[str, str]] = {
    FITTING: {
        "nb_epoch": "epochs",
        "nb_val_samples": "validation_steps",
        "samples_per_epoch": "steps_per_epoch",
        "val_samples": "steps",
        "generator": "x",
        **dict.fromkeys(("show_accuracy", "pickle_safe", "nb_worker", "max_q_size"), ""),
        **dict.fromkeys(("workers", "use_multiprocessing", "max_queue_size"), ""),
    },
    OPTIMIZERS: {"lr": "learning_rate"},
    ("Dense", "Conv2D", "Convolution2D", "Conv1D", "Convolution1D"): {
        "output_dim": "units",
        "init": "kernel_initializer",
        "W_regularizer": "kernel_regularizer",
        "b_regularizer": "bias_regularizer",
        "W_constraint": "kernel_constraint",
        "b_constraint": "bias_constraint",
        "border_mode": "padding",
        "subsample": "strides",
        "nb_filter": "filters",
        "bias": "use_bias",
        "filter_length": "kernel_size",
        "subsample_length": "strides",
        "dim_ordering": "data_format",
    },
    ("MaxPooling2D", "AveragePooling2D", "ZeroPadding2D", "UpSampling2D"): {
        "border_mode": "padding",
        "dim_ordering": "data_format",
    },
    ("LSTM", "GRU", "SimpleRNN"): {"output_dim": "units"},
    ("merge",): {"concat_axis": "axis"},
    ("Model",): {"input": "inputs", "output": "outputs"},
    ("Dropout",): {"p": "rate"},
    ("ReduceLROnPlateau",): {"epsilon": "min_delta"},
    ("plot_model", "model_to_dot", "plot"): {"show_shape": "show_shapes"},
    ("read_csv", "read_table"): {"delim_whitespace": "sep"},  # sep=r'\s+'
}
ORDERS = {"tf": "channels_last", "th": "channels_first"}  # `dim_ordering` of Keras 1

# Arguments that hakseup takes, or passes over, and Keras 3 refuses
_SAVES = ("save_format",)
KERAS_3_DROPS: dict[str, tuple[str, ...]] = {
    "ModelCheckpoint": ("period", "load_weights_on_restart"),
    "TensorBoard": ("write_grads", "batch_size"),
    **dict.fromkeys(("save", "save_weights", "save_model"), _SAVES),
}
# Names that Keras 3 has in its inside alone
LEGACY: dict[str, str] = {
    f"keras.preprocessing.{name}": f"keras.src.legacy.preprocessing.{name}"
    for name in (
        *("image.ImageDataGenerator", "sequence.TimeseriesGenerator"),
        *("text.Tokenizer", "text.one_hot", "text.text_to_word_sequence", "text.tokenizer_from_json"),
    )
}
# Functions of `keras.backend` that are `keras.ops` in Keras 3
OPS: dict[str, str] = {
    **{
        name: f"ops.{name}"
        for name in [
            "abs",
            "exp",
            "log",
            "sqrt",
            "square",
            "round",
            "sign",
            "maximum",
            "minimum",
            "max",
            "min",
            "mean",
            "sum",
            "prod",
            "std",
            "var",
            "argmax",
            "argmin",
            "any",
            "all",
            "equal",
            "not_equal",
            "greater",
            "greater_equal",
            "less",
            "less_equal",
            "clip",
            "cast",
            "reshape",
            "transpose",
            "expand_dims",
            "squeeze",
            "stack",
            "tile",
            "concatenate",
            "zeros",
            "ones",
            "zeros_like",
            "ones_like",
            "arange",
            "one_hot",
            "shape",
            "stop_gradient",
            "sin",
            "cos",
            "tanh",
            "sigmoid",
            "softmax",
            "relu",
            "elu",
            "softplus",
            "softsign",
            "hard_sigmoid",
            "binary_crossentropy",
            "categorical_crossentropy",
            "sparse_categorical_crossentropy",
        ]
    },
    "pow": "ops.power",
    "dot": "ops.matmul",
    "flatten": "ops.ravel",
    "switch": "ops.where",
    "constant": "ops.convert_to_tensor",
    "repeat_elements": "ops.repeat",
    "permute_dimensions": "ops.transpose",
}
LAST_AXIS = (
    "argmax",
    "argmin",
    "concatenate",
    "expand_dims",
)  # of those, what took the last axis where none was said

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
