"""How arguments were written over the years: Keras 1's names, what says nothing, what is not taken here.

A layer is made with today's names; `modern` brings what a document writes into them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from hakseup.errors import NetworkError
from hakseup.keras.activations import name_of
from hakseup.keras.initializers import named
from hakseup.layers import checks
from hakseup.words import Words

# Keras 1's name -> today's, for every layer
_RENAMED = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
    "border_mode": "padding",
    "subsample": "strides",
    "nb_filter": "filters",
    "output_dim": "units",
    "dim_ordering": "data_format",
    "batch_shape": "batch_input_shape",
    "gamma_init": "gamma_initializer",
    "beta_init": "beta_initializer",
}
# and for single ones
_RENAMED_IN = {
    "Dropout": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate"},
    "GaussianDropout": {"p": "rate"},
    "PReLU": {"init": "alpha_initializer"},
    "GaussianNoise": {"sigma": "stddev"},
    "LeakyReLU": {"alpha": "negative_slope"},
    "Reshape": {"dims": "target_shape"},
    "BatchNormalization": {"mode": "_mode"},
}
_OLD = frozenset(_RENAMED) - {"batch_shape", "bias"} | {"nb_row", "nb_col"}
_ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}
# Arguments that say nothing with these values; any other is refused
_NOTHING: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(
        (
            "beta_constraint",
            "gamma_constraint",
            "beta_regularizer",
            "gamma_regularizer",
            "noise_shape",
            "depthwise_regularizer",
            "pointwise_regularizer",
            "depthwise_constraint",
            "pointwise_constraint",
            "alpha_regularizer",
            "alpha_constraint",
            "output_padding",
            "weights",
            "lora_rank",
            "lora_alpha",
            "quantization_config",
            "virtual_batch_size",
            "adjustment",
            "tensor",
            "type_spec",
            "renorm_clipping",
        ),
        (None,),
    ),
    **dict.fromkeys(("kernel_regularizer", "bias_regularizer", "activity_regularizer"), (None,)),
    **dict.fromkeys(("kernel_constraint", "bias_constraint"), (None,)),
    **dict.fromkeys(("synchronized", "renorm", "sparse", "ragged", "optional", "rms_scaling"), (False, None)),
    **dict.fromkeys(("pad_to_aspect_ratio", "antialias"), (False,)),
    "fill_mode": ("constant",),
    "fill_value": (0.0, 0),
    "beta_initializer": ("zeros", None),
    "gamma_initializer": ("ones", None),
    "moving_mean_initializer": ("zeros", None),
    "moving_variance_initializer": ("ones", None),
    "dtype": ("float32", "float", None),
    "_mode": (0, None),
}
# What says nothing with any value: all random numbers follow the model's seed, the batch is as fit makes it
_SILENT = ("seed", "batch_size", "input_length", "fused", "renorm_momentum", "autocast")
_DTYPE = Words(
    "Leave it out: keras.config.set_dtype_policy says how exactly to calculate.",
    "빼고 쓰세요. 계산의 정밀도는 keras.config.set_dtype_policy로 정합니다.",
)
_LEFT_OUT = Words("Leave it out.", "빼고 쓰세요.")


def modern(cls: type, positional: tuple[Any, ...], given: Mapping[str, Any], first: bool) -> dict[str, Any]:
    """Today's arguments, by name.

    Args:
        cls: the layer.
        positional: arguments without a name.
        given: arguments with one.
        first: whether the layer was called by a name that only Keras 1 had.

    Raises:
        NetworkError: an argument that is not known, given twice, or not taken here.
    """
    kind = cls.__name__
    names = [f.name for f in dataclasses.fields(cls) if not f.kw_only]
    known = {f.name for f in dataclasses.fields(cls)} | {"input_dim"}
    out: dict[str, Any] = {}
    positional, given = _kernel(kind, positional, given, first)
    if len(positional) > len(names):
        raise checks.too_many(kind, names, names)
    renamed = _RENAMED | _RENAMED_IN.get(kind, {})
    for written, value in [*zip(names, positional, strict=False), *given.items()]:
        name = written if written in known else renamed.get(written, written)
        if name == "data_format" and isinstance(value, str):
            value = _ORDERINGS.get(value, value)
        if name == "batch_input_shape":
            name, value = "shape" if kind == "Input" else "input_shape", tuple(value)[1:]
        if name in out:
            raise NetworkError(
                "repeated-argument",
                Words(f"{kind}: {name} is given twice.", f"{kind}: {name}이(가) 두 번 나옵니다."),
            )
        if name in known:
            out[name] = _plain(kind, name, value)
        elif name not in _SILENT:
            _says_nothing(kind, written, name, value, sorted(known))
    needed = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
    missing = [name for name in needed if name not in out]
    if missing:
        raise checks.lacking(kind, missing)
    return out


def _kernel(
    kind: str, positional: tuple[Any, ...], given: Mapping[str, Any], first: bool
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Keras 1 wrote a kernel as two numbers, Conv2D(32, 3, 3); today the third is the step."""
    named_ = dict(given)
    if kind != "Conv2D":
        return positional, named_
    if "nb_row" in named_ and "nb_col" in named_:
        named_["kernel_size"] = (named_.pop("nb_row"), named_.pop("nb_col"))
    old = first or bool(_OLD & given.keys())
    if old and len(positional) >= 3 and all(isinstance(size, int) for size in positional[1:3]):
        filters, rows, columns, *rest = positional
        # behind the kernel Keras 1 had init, activation
        named_ |= dict(zip(("kernel_initializer", "activation"), rest, strict=False))
        return (filters, (rows, columns)), named_
    return positional, named_


def _plain(kind: str, name: str, value: Any) -> Any:
    """Names where people may give objects."""
    if name == "activation":
        return name_of(kind, value)
    if name.endswith("_initializer"):
        return named(value)
    return value


def _says_nothing(kind: str, written: str, name: str, value: Any, known: list[str]) -> None:
    if name not in _NOTHING:
        raise NetworkError(
            "unknown-argument",
            Words(f"{kind} has no argument '{written}'.", f"{kind}에는 '{written}' 인자가 없습니다."),
            checks.did_you_mean(written, known),
        )
    plain = value
    if name.endswith("_initializer"):
        plain = named(value)
    elif name == "dtype" and value is not None:
        plain = str(getattr(value, "name", value)).removeprefix("torch.")
    if not any(
        plain is nothing or (type(plain) is type(nothing) and plain == nothing) for nothing in _NOTHING[name]
    ):
        hint = _DTYPE if name == "dtype" else _LEFT_OUT
        raise NetworkError(
            "unsupported-argument",
            Words(
                f"{kind}: {written}={checks.shown(value)} is not taken here.",
                f"{kind}: {written}={checks.shown(value)}은(는) 여기서 쓸 수 없습니다.",
            ),
            hint,
        )
