"""Layers as text: `parse` reads lines such as "Conv2D(32, 3, activation='relu')", `text` writes them.

Lines are taken apart with `ast`; nothing in them is ever executed. Only numbers, texts, True, False, None,
tuples of them and a quotient of two numbers (`1/255`) are values.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from hakseup.errors import NetworkError, nearest
from hakseup.layers import core, efficientnet, pictures, same_shape, shaping
from hakseup.layers.base import Layer, both
from hakseup.layers.checks import did_you_mean, lacking, shown, snake_case, too_many
from hakseup.words import Words, josa

LAYERS: dict[str, type[Layer]] = {
    cls.__name__: cls
    for cls in (
        core.Input,
        core.Dense,
        pictures.Conv2D,
        pictures.MaxPooling2D,
        pictures.AveragePooling2D,
        pictures.GlobalAveragePooling2D,
        pictures.GlobalMaxPooling2D,
        core.Flatten,
        core.Dropout,
        core.BatchNormalization,
        core.Activation,
        core.Rescaling,
        same_shape.ReLU,
        same_shape.LeakyReLU,
        same_shape.ELU,
        same_shape.Softmax,
        same_shape.GaussianNoise,
        same_shape.LayerNormalization,
        shaping.Reshape,
        shaping.ZeroPadding2D,
        shaping.UpSampling2D,
        efficientnet.EfficientNetLite0,
    )
}
# Second names that Keras has for the same layers
ALIASES = {
    "InputLayer": "Input",
    "Convolution2D": "Conv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
}
_CLASS = re.compile(rf"^({'|'.join(LAYERS)}): ")
_PAIRS = ("kernel_size", "strides", "pool_size", "dilation_rate")
_WEIGHT_DECAY = Words(
    "The setting training.weight_decay keeps all kernels small.",
    "training.weight_decay 설정이 모든 커널의 크기를 줄입니다.",
)
_SEED = Words(
    "All random numbers come from the setting training.seed.", "모든 난수는 training.seed 설정에서 나옵니다."
)
_LEFT_OUT = Words("Leave it out.", "빼고 쓰세요.")
# Arguments that Keras has and that are not taken here, and what to do instead
_OUTSIDE = {
    **dict.fromkeys(("kernel_regularizer", "bias_regularizer", "activity_regularizer"), _WEIGHT_DECAY),
    **dict.fromkeys(("kernel_constraint", "bias_constraint"), _WEIGHT_DECAY),
    **dict.fromkeys(("seed",), _SEED),
    **dict.fromkeys(("noise_shape", "trainable", "dtype", "batch_size", "batch_input_shape"), _LEFT_OUT),
}
_NO_LAYER = Words(
    "Write one layer a line, like \"Dense(10, activation='softmax')\".",
    "한 줄에 층 하나를 \"Dense(10, activation='softmax')\"처럼 쓰세요.",
)


def parse(lines: Sequence[str]) -> tuple[Layer, ...]:
    """Read layers, one a line, in the Keras vocabulary.

    Args:
        lines: for example ["Flatten()", "Dense(10, activation='softmax')"].

    Raises:
        NetworkError: an unknown layer or argument, a value that does not fit, or a line that is not a layer;
            the message shows the line and names the nearest right word.
    """
    return tuple(_layer(number, line) for number, line in enumerate(lines, start=1))


def layer_class(name: str) -> type[Layer]:
    """The class with this name or second name.

    Raises:
        NetworkError: there is none.
    """
    cls = LAYERS.get(ALIASES.get(name, name))
    if cls is None:
        raise NetworkError(
            "unknown-layer",
            Words(f"There is no layer called '{name}'.", f"'{name}'(이)라는 층은 없습니다."),
            did_you_mean(name, [*LAYERS, *ALIASES] if nearest(name, list(ALIASES)) else list(LAYERS)),
        )
    return cls


def from_config(name: str, config: Mapping[str, Any]) -> Layer:
    """The layer whose class has this name and whose `config()` was this.

    Raises:
        NetworkError: unknown class or argument, or a value that does not fit.
    """
    cls = layer_class(name)
    for argument in config:
        _known_argument(cls, argument)
    return _make(cls, {k: tuple(v) if isinstance(v, list) else v for k, v in config.items()})


def text(layer: Layer) -> str:
    """The shortest source that `parse` reads back as the same layer."""
    cls = type(layer)
    names = [name for name in _arguments(cls) if name != "input_dim"]
    kept = {name: getattr(layer, name) for name in names}
    plain = {f.name for f in dataclasses.fields(cls) if _is_required(f)} or {names[0]}
    for name in names:  # an argument that changes nothing is not written
        without = {k: v for k, v in kept.items() if k != name}
        if _makes(cls, without, layer):
            kept = without
    parts = []
    for name, value in kept.items():
        written = repr(both(value)[0]) if name in _PAIRS and len(set(both(value))) == 1 else repr(value)
        if name == "input_shape" and len(value) == 1:
            name, written = "input_dim", repr(value[0])
        parts.append(written if name in plain else f"{name}={written}")
    return f"{layer.type}({', '.join(parts)})"


def lines(layers: Sequence[Layer | str]) -> list[str]:
    """Lines that `parse` reads back as these layers; layers of `hakseup.keras` as those that they stand for.

    Raises:
        NetworkError: a layer, or an argument that was given to one, that is not taken here.
    """
    out = []
    for layer in layers:
        if isinstance(layer, str):
            out.append(layer)
            continue
        if not isinstance(layer, Layer):
            raise NetworkError(
                "not-a-layer",
                Words(f"{shown(layer)} is no layer.", f"{shown(layer)}은(는) 층이 아닙니다."),
                _NO_LAYER,
            )
        cls = layer_class(layer.type)
        kept = {f.name: getattr(layer, f.name) for f in dataclasses.fields(cls)}
        for f in dataclasses.fields(layer):
            if f.name not in kept and getattr(layer, f.name) != f.default:
                _known_argument(cls, f.name)
        if re.fullmatch(rf"(.*:)?{snake_case(layer.type)}(_\d+)?", kept["name"] or ""):
            kept["name"] = None  # numbered by a model that it stood in
        out.append(text(_make(cls, kept)))
    return out


def _makes(cls: type[Layer], arguments: Mapping[str, Any], layer: Layer) -> bool:
    try:
        return _make(cls, arguments) == layer
    except NetworkError:
        return False


def _is_required(f: dataclasses.Field[Any]) -> bool:
    return f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING


def _arguments(cls: type[Layer]) -> list[str]:
    """Argument names, first those that may stand without a name."""
    fields = dataclasses.fields(cls)
    ordered = [f.name for f in fields if not f.kw_only] + [f.name for f in fields if f.kw_only]
    return [*ordered, "input_dim"]


def _layer(number: int, line: object) -> Layer:
    try:
        cls, arguments = _taken_apart(line)
        return _make(cls, arguments)
    except NetworkError as error:
        source = str(line) if len(str(line)) <= 120 else f"{str(line)[:117]}..."
        en, ko = (_CLASS.sub("", sentence) for sentence in (error.message.en, error.message.ko))
        raise NetworkError(
            error.code,
            Words(f"Layer {number}, `{source}`: {en}", f"{number}번째 층 `{source}`: {ko}"),
            error.hint,
        ) from None


def _make(cls: type[Layer], arguments: Mapping[str, Any]) -> Layer:
    missing = [f.name for f in dataclasses.fields(cls) if _is_required(f) and f.name not in arguments]
    if missing:
        raise lacking(cls.__name__, missing)
    return cls(**arguments)


def _taken_apart(line: object) -> tuple[type[Layer], dict[str, Any]]:
    if not isinstance(line, str):
        raise NetworkError("layer-syntax", Words("not a text.", "글자가 아닙니다."), _NO_LAYER)
    try:
        with warnings.catch_warnings():  # odd escapes in a text are no business of the terminal
            warnings.simplefilter("ignore")
            call = ast.parse(line.strip().removesuffix(","), mode="eval").body
    except SyntaxError as error:
        place = (error.offset or 1) - 1
        raise NetworkError(
            "layer-syntax",
            Words(
                f"this cannot be read from character {place + 1} on.",
                f"{place + 1}번째 글자부터 읽을 수 없습니다.",
            ),
            Words("Are all brackets and quotation marks closed?", "괄호와 따옴표가 모두 닫혀 있나요?"),
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise NetworkError(
            "layer-syntax", Words("this cannot be read.", "읽을 수 없습니다."), _NO_LAYER
        ) from None
    if not isinstance(call, ast.Call):
        raise NetworkError("layer-syntax", Words("this is not a layer.", "층이 아닙니다."), _NO_LAYER)
    cls = layer_class(_called(call))
    names = _arguments(cls)
    positional = [f.name for f in dataclasses.fields(cls) if not f.kw_only]
    if len(call.args) > len(positional):
        raise too_many(cls.__name__, positional, names)
    out: dict[str, Any] = {}
    given = [(name, node) for name, node in zip(positional, call.args, strict=False)]
    for name, node in given + [(word.arg, word.value) for word in call.keywords]:
        if name is None:
            raise NetworkError(
                "layer-syntax", Words("** cannot be used here.", "여기에는 **를 쓸 수 없습니다."), _NO_LAYER
            )
        _known_argument(cls, name)
        if name in out:
            raise NetworkError(
                "repeated-argument",
                Words(f"{name} is given twice.", f"{josa(name, '이/가')} 두 번 나옵니다."),
            )
        out[name] = _value(name, node)
    return cls, out


def _called(call: ast.Call) -> str:
    """Name of the layer; `layers.Dense` and `keras.layers.Dense` mean Dense."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    written = ast.unparse(function)
    before, _, last = written.rpartition(".")
    if before in ("layers", "keras.layers", "tf.keras.layers", "tensorflow.keras.layers"):
        return last
    raise NetworkError(
        "layer-syntax",
        Words(f"`{shown_code(function)}` is not a layer.", f"`{shown_code(function)}`은(는) 층이 아닙니다."),
        _NO_LAYER,
    )


def shown_code(node: ast.AST) -> str:
    """Source of a piece of a line, cut where it is long."""
    written = ast.unparse(node)
    return written if len(written) <= 60 else written[:57] + "..."


def _known_argument(cls: type[Layer], name: str) -> None:
    names = _arguments(cls)
    if name in names:
        return
    if name in _OUTSIDE:
        raise NetworkError(
            "unsupported-argument",
            Words(
                f"{cls.__name__}'s argument '{name}' of Keras is not taken here.",
                f"Keras {cls.__name__}의 '{name}' 인자는 여기서 쓰지 않습니다.",
            ),
            _OUTSIDE[name],
        )
    raise NetworkError(
        "unknown-argument",
        Words(f"{cls.__name__} has no argument '{name}'.", f"{cls.__name__}에는 '{name}' 인자가 없습니다."),
        did_you_mean(name, names),
    )


def _value(name: str, node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and (
        node.value is None or (isinstance(node.value, str | bool | int | float))
    ):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_value(name, item) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _value(name, node.operand)
        if _is_number(inner):
            return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        above, below = _value(name, node.left), _value(name, node.right)
        if _is_number(above) and _is_number(below) and below != 0:
            try:
                return above / below
            except OverflowError:
                pass
    if isinstance(node, ast.Call):
        raise NetworkError(
            "layer-syntax",
            Words(
                f"{name}: `{shown_code(node)}` is a call; only plain values can stand here.",
                f"{name}: `{shown_code(node)}`은(는) 호출입니다. 값만 쓸 수 있습니다.",
            ),
            Words(
                "Nothing in a recipe is executed. Activations and initializers go by name, like 'relu'.",
                "레시피에 적힌 것은 실행되지 않습니다. 활성화 함수와 초기화는 'relu'처럼 이름으로 쓰세요.",
            ),
        )
    hint = None
    if isinstance(node, ast.Name | ast.Attribute):
        word = shown_code(node).rpartition(".")[2]
        near = nearest(word.capitalize(), ["True", "False", "None"])
        hint = Words(
            f"Did you mean {near}?" if near else f"A text stands in quotes: '{word}'.",
            f"{near}을(를) 뜻하셨나요?" if near else f"글자는 따옴표 안에 쓰세요: '{word}'.",
        )
    raise NetworkError(
        "layer-syntax",
        Words(
            f"{name}: `{shown_code(node)}` is not a plain value.",
            f"{name}: `{shown_code(node)}`은(는) 값이 아닙니다.",
        ),
        hint,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
