"""Networks as Keras writes them in JSON, and back: layer by layer, by name, nothing is looked up or executed.

A class or an argument that hakseup does not know is refused with its name. What is written is read by Keras 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hakseup.errors import NetworkError
from hakseup.keras import layers
from hakseup.keras.attached import as_tuple, plain
from hakseup.keras.files import branches, legacy, today
from hakseup.keras.files.branches import not_a_model
from hakseup.keras.graph import Sources
from hakseup.keras.initializers import Own
from hakseup.keras.layers.kinds import Input as FirstInput
from hakseup.keras.own_objects import get_custom_objects
from hakseup.layers import EfficientNetLite0, Input, Layer, Shape
from hakseup.layers.activations import parts
from hakseup.layers.checks import snake_case
from hakseup.words import Words

if TYPE_CHECKING:
    from hakseup.keras.files.stored import Model

_MODULES = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras", "hakseup.keras")
_MODELS = ("Sequential", "Functional", "Model")
_DEEPEST = 20  # models in models; deeper ones are no network that somebody wrote
_ARGUMENT_MODULES = {
    "_initializer": "keras.initializers",
    "_regularizer": "keras.regularizers",
    "_constraint": "keras.constraints",
}


@dataclass(frozen=True)
class Architecture:
    """What a model file says of the network."""

    name: str
    layers: tuple[Layer | Architecture, ...]  # a leading Input where the shape is known
    sources: tuple[Sources, ...] = ()  # of a Functional: what goes into each layer behind the Input

    @property
    def type(self) -> str:
        """The class that Keras names."""
        return "Functional" if self.sources else "Sequential"


def to_keras(layer: Layer, name: str) -> dict[str, Any]:
    """A layer in the form of Keras 3: module, class_name, config, registered_name.

    Raises:
        NetworkError: Keras has no such layer.
    """
    if isinstance(layer, EfficientNetLite0):
        raise NetworkError(
            "not-in-keras",
            Words(
                f"The layer {name} is an {layer.type}, which Keras does not have.",
                f"{name} 층은 {layer.type}인데 Keras에는 이 층이 없습니다.",
            ),
            Words(
                "Keep the run folder of `hakseup train`, or export it.",
                "`hakseup train`의 실행 폴더를 쓰세요.",
            ),
        )
    own = {k: _plain(k, v) for k, v in layer.config().items() if k not in ("name", "input_shape")}
    if "activation" in own:
        own["activation"] = _activation(own["activation"] or "linear")
    if "data_format" in own:
        own["data_format"] = "channels_last"
    config = today.config(layer.type, name, own)
    # sizes are tuples, of which JSON makes lists
    config = {key: value if key == "axis" else as_tuple(value) for key, value in config.items()}
    return _object("keras.layers", layer.type, config)


def _activation(name: str) -> Any:
    """A name, or the layer that Keras has for one with a number of its own."""
    plain, number = parts(name)
    if number is None:
        return name
    kind, argument = {"leaky_relu": ("LeakyReLU", "negative_slope"), "elu": ("ELU", "alpha")}[plain]
    return _object("keras.layers", kind, today.config(kind, plain, {argument: number}))


def input_config(shape: Sequence[int | None], name: str) -> dict[str, Any]:
    """The config of an InputLayer; shape with None for the batch."""
    about = {"batch_shape": tuple(shape), "dtype": "float32", "sparse": False}
    return about | {"ragged": False, "name": name, "optional": False}


def layer_config(layer: Layer, name: str) -> dict[str, Any]:
    """What `layer.get_config()` says."""
    if isinstance(layer, Input):
        return input_config((None, *(layer.shape or ())), name)
    config: dict[str, Any] = to_keras(layer, name)["config"]
    return config


def architecture_of(model: Model) -> Architecture:
    """The layers of a model, without its numbers."""
    shape, functional = model.input_shape, model.type == "Functional"
    first = [] if shape is None else [FirstInput(_numbers(shape), name=_entrance(model))]
    parts = [
        plain(part) if isinstance(part, Layer) else architecture_of(part) for part, _sources in model.parts()
    ]
    sources = tuple(sources for _part, sources in model.parts()) if functional else ()
    return Architecture(model.name, (*first, *parts), sources)


def _entrance(model: Model) -> str:
    """The name of the input."""
    return str(getattr(model, "entrance", None) or getattr(model, "input_name", "input_layer"))


def model_to_keras(model: Model) -> dict[str, Any]:
    """A network in the form of Keras 3, without what it was compiled with; models within it likewise.

    Raises:
        NetworkError: Keras has no such layer.
    """
    entries = [
        to_keras(plain(part), part.name or snake_case(part.type))
        if isinstance(part, Layer)
        else model_to_keras(part)
        for part, _sources in model.parts()
    ]
    shape = None if model.input_shape is None else tuple(model.input_shape)
    if shape is not None:
        batches = [(None, *size) for size in _shapes(model)]
        for entry, (_part, before) in zip(entries, model.parts(), strict=True):
            taken = [batches[place] for place in before]
            if entry["module"] == "keras.layers" and entry["class_name"] not in today.AT_ONCE:
                entry["build_config"] = {"input_shape": taken if len(taken) > 1 else taken[0]}
    config: dict[str, Any] = {"name": model.name, "trainable": model.trainable}
    if shape is None or model.type == "Sequential":
        config["dtype"] = dict(today.DTYPE)  # of a Functional Keras writes none
    if shape is not None:
        first = input_config(shape, _entrance(model))
        entries.insert(0, _object("keras.layers", "InputLayer", first))
    config["layers"] = entries
    if shape is not None and model.type == "Functional":
        sources = [sources for _part, sources in model.parts()]
        made = config | branches.written(entries, sources, _shapes(model))
        return _object("keras.src.models.functional", "Functional", made)  # it has no name in public
    if shape is not None:
        config["build_input_shape"] = shape
    out = _object("keras", "Sequential", config)
    if shape is not None:
        out["build_config"] = {"input_shape": shape}
    return out


def _shapes(model: Model) -> list[Shape]:
    """What goes in, and what each part gives, without the batch."""
    shapes, plan = [model.plan.taken(0)], model.plan
    place = -1
    for part, _sources in model.parts():
        place += 1 if isinstance(part, Layer) else len(part.plan.layers)
        shapes.append(plan.output_shapes[place])
    return shapes


def model_from_keras(value: Any, deep: int = 0) -> Architecture:
    """The network that Keras 1, 2 or 3 wrote.

    Args:
        value: the JSON, parsed. deep: how many models it stands in.

    Raises:
        NetworkError: it is no model of layers, or something in it is not known here.
    """
    if deep > _DEEPEST:
        raise not_a_model(
            f"more than {_DEEPEST} models stand in each other", f"모델이 {_DEEPEST}겹 넘게 들어 있습니다"
        )
    sources: tuple[Sources, ...] = ()
    class_name, config = _class_and_config(value, "model")
    _from_keras_itself(value, "the model", "모델")
    if class_name != "Sequential" and class_name in _MODELS and isinstance(config, dict):
        ordered, sources = branches.read(config)
        config = {**config, "layers": ordered}
    elif class_name not in _MODELS:
        raise NetworkError(
            "not-sequential",
            Words(
                f"The model is of class '{class_name}'; only models made of layers can be read.",
                f"모델의 클래스가 '{class_name}'입니다. 층을 이어 만든 모델만 읽을 수 있습니다.",
            ),
            Words("Subclasses are outside of hakseup.", "상속해 만든 모델은 다루지 않습니다."),
        )
    entries = config.get("layers") if isinstance(config, dict) else config  # Keras 1 wrote the list alone
    if not isinstance(entries, list) or not entries:
        raise not_a_model("'layers' is missing", "'layers'가 없습니다")
    name = str(config.get("name") or "sequential") if isinstance(config, dict) else "sequential"
    shape = _batch_shape(entries[0])
    if shape is None and isinstance(config, dict):
        shape = config.get("build_input_shape")
    found = [
        model_from_keras(entry, deep + 1)
        if isinstance(entry, dict) and entry.get("class_name") in _MODELS
        else from_keras(entry)
        for entry in entries
    ]
    called = found.pop(0).name if isinstance(found[0], Input) else None
    first = [FirstInput(_numbers(shape), name=called)] if shape else []
    return Architecture(name, (*first, *found), sources)


def from_keras(entry: Any) -> Layer:
    """One layer that Keras 1, 2 or 3 wrote.

    Raises:
        NetworkError: a class or an argument that is not known here; code in any form.
    """
    class_name, config = _class_and_config(entry, "layer")
    called = str(config.get("name") or class_name) if isinstance(config, dict) else class_name
    if class_name in ("Lambda", "TFOpLambda", "SlicingOpLambda"):
        raise NetworkError(
            "lambda-layer",
            Words(
                f"The layer '{called}' is a {class_name}: it holds program code, which is never executed.",
                f"'{called}' 층은 {class_name}입니다. 프로그램 코드가 들어 있어 실행하지 않습니다.",
            ),
            Words(
                "Build the network in your own program, without that layer, and load the weights alone.",
                "그 층 없이 프로그램에서 신경망을 만들고 가중치만 불러오세요.",
            ),
        )
    _from_keras_itself(entry, f"the layer '{called}'", f"'{called}' 층")
    if not isinstance(config, dict):
        raise not_a_model(f"'{called}' has no config", f"'{called}'에 config가 없습니다")
    if class_name in ("InputLayer", "Input"):
        return FirstInput(_numbers(_batch_shape(entry) or [None, 1]), name=config.get("name"))
    try:
        given = {k: _tuples(_value(k, v, called)) for k, v in legacy.layer_config(config).items()}
        made: Layer = layers.layer_class(class_name)(**given)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        # A file may hold anything at any place; the classes themselves expect what a program would write.
        raise not_a_model(f"'{called}': {error}", f"'{called}': {error}") from error
    except NetworkError as error:
        raise NetworkError(
            error.code,
            Words(f"The layer '{called}': {error.message.en}", f"'{called}' 층: {error.message.ko}"),
            error.hint,
        ) from error
    return made


def _value(argument: str, value: Any, called: str) -> Any:
    """An argument's value without the objects that Keras wraps names in."""
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    class_name, config = _class_and_config(value, argument)
    own = get_custom_objects().get(str(config) if class_name == "function" else class_name)
    if own is not None:  # somebody's program said what this name stands for
        return (
            own.from_config(config or {}) if hasattr(own, "from_config") and class_name != "function" else own
        )
    _from_keras_itself(value, f"{argument} of the layer '{called}'", f"'{called}' 층의 {argument}", True)
    if class_name == "function":
        return config
    if class_name == "__tuple__":
        return value.get("items")
    if not isinstance(config or {}, Mapping):
        raise not_a_model(f"'{called}': {argument}", f"'{called}': {argument}")
    if argument.endswith("_initializer"):
        return legacy.initializer(class_name, config or {})
    return {"class_name": class_name, "config": config or {}}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value


def _class_and_config(value: Any, what: str) -> tuple[str, Any]:
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        raise not_a_model(f"a {what} without class_name", f"class_name이 없는 {what}")
    return value["class_name"], value.get("config", value.get("items"))


def _from_keras_itself(entry: Mapping[str, Any], what: str, what_ko: str, can_be_given: bool = False) -> None:
    """Refuse what stands in somebody's own program.

    Args:
        entry: of the file. what, what_ko: what it stands for. can_be_given: whether `custom_objects` may hold it.

    Raises:
        NetworkError: a module outside of Keras, a registered name, or a pickled object.
    """
    module, registered = entry.get("module", "keras"), entry.get("registered_name")
    class_name = entry["class_name"]
    ours = isinstance(module, str) and any(module == m or module.startswith(f"{m}.") for m in _MODULES)
    plain = class_name == "function" and module == "builtins"
    if class_name in ("__lambda__", "__typespec__") or not (ours or plain):
        said = f"{module}.{class_name}" if module else class_name
    elif registered not in (None, class_name):
        said = str(registered)
    else:
        return
    raise NetworkError(
        "custom-object",
        Words(
            f"For {what} the file names '{said}', which is not Keras' own; code is never loaded from a file.",
            f"파일에 적힌 {what_ko}의 '{said}'은(는) Keras 자체의 것이 아닙니다. 파일에서 코드를 불러오지 않습니다.",
        ),
        Words(
            "Give load_model what the name stands for: custom_objects={'name': name}.",
            "그 이름이 무엇인지 load_model에 custom_objects={'이름': 이름}으로 알려 주세요.",
        )
        if can_be_given
        else Words(
            "Build the network in your own program and load the weights alone with load_weights.",
            "프로그램에서 신경망을 만들고 load_weights로 가중치만 불러오세요.",
        ),
    )


def _batch_shape(entry: Any) -> Sequence[Any] | None:
    """The shape, with the batch, that a first layer says goes in."""
    config = entry.get("config") if isinstance(entry, Mapping) else None
    if not isinstance(config, Mapping):
        return None
    for key in ("batch_shape", "batch_input_shape"):
        shape = config.get(key)
        if isinstance(shape, Mapping):  # TensorFlow's own JSON of a tuple
            shape = shape.get("items")
        if isinstance(shape, list | tuple) and len(shape) > 1:
            return shape
    if isinstance(config.get("input_dim"), int):
        return [None, config["input_dim"]]
    return None


def _numbers(batch_shape: Sequence[Any]) -> tuple[int, ...]:
    shape = tuple(batch_shape[1:])
    if not all(isinstance(n, int) for n in shape):
        raise NetworkError(
            "open-input-shape",
            Words(
                f"The network takes {shape}; hakseup needs numbers throughout.",
                f"신경망이 받는 모양이 {shape}입니다. hakseup에서는 모두 숫자로 정해져 있어야 합니다.",
            ),
            Words(
                "Build it with a fixed input shape, like (28, 28, 1), and load the weights alone.",
                "(28, 28, 1)처럼 정해진 모양으로 신경망을 만들고 가중치만 불러오세요.",
            ),
        )
    return shape


def _object(module: str, class_name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"module": module, "class_name": class_name, "config": dict(config), "registered_name": None}


def _plain(argument: str, value: Any) -> Any:
    """A value as JSON: objects with a `get_config` and class_name/config pairs get the module Keras wants."""
    module = next((m for end, m in _ARGUMENT_MODULES.items() if argument.endswith(end)), None)
    value = value.function if isinstance(value, Own) else value
    if hasattr(value, "get_config") and type(value).__module__.startswith("hakseup."):
        value = {"class_name": type(value).__name__, "config": value.get_config()}
    if isinstance(value, Mapping) and "class_name" in value:
        return _object(
            value.get("module") or module or "keras", value["class_name"], value.get("config") or {}
        )
    if hasattr(value, "get_config"):  # of a class of one's own: its name and its arguments, no code
        called = type(value).__name__
        return _object(type(value).__module__, called, value.get_config()) | {"registered_name": called}
    if callable(value):
        called = getattr(value, "__name__", type(value).__name__)
        if called.isidentifier() and not isinstance(value, type):  # its name alone, as of a loss of one's own
            plain = {"module": "builtins", "class_name": "function", "config": called}
            return plain | {"registered_name": "function"}
        raise NetworkError(
            "own-function",
            Words(
                f"{argument} is a function of your own, {called}: a file cannot hold program code.",
                f"{argument}이(가) 직접 만든 함수 {called}입니다. 파일에는 프로그램 코드를 담을 수 없습니다.",
            ),
            Words("Save the weights alone with save_weights.", "save_weights로 가중치만 저장하세요."),
        )
    return [_plain(argument, v) for v in value] if isinstance(value, list | tuple) else value
