"""The layers of the facade: those of `hakseup.layers`, with the arguments that only Keras' training knows.

They take every spelling of Keras 1 to 3 (`spelling`), and say what regularisers add to the loss
(`keras.regularizers.penalty`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from hakseup import layers as spine
from hakseup.errors import NetworkError
from hakseup.keras import constraints, initializers, regularizers
from hakseup.keras.arithmetic import Arithmetic
from hakseup.keras.attached import Attached, Written
from hakseup.keras.layers.spelling import modern
from hakseup.layers import Layer as Spine
from hakseup.layers import Shape, checks
from hakseup.words import Words

if TYPE_CHECKING:
    import torch


class Spelling(type):
    """Brings the arguments of every call into today's names before the layer is made."""

    def __call__(cls, *positional: Any, **given: Any) -> Any:
        """Make the layer."""
        today = cls.__dict__.get("today", cls)
        return type.__call__(today, **modern(today, positional, given, first=today is not cls))

    def __setattr__(cls, name: str, value: Any) -> None:
        """A frozen dataclass brings a `__setattr__` that refuses everything; `layer.trainable = False` is in every book."""
        if name != "__setattr__":
            super().__setattr__(name, value)


@dataclass(frozen=True)
class Layer(Written, Spine, metaclass=Spelling):
    """Base of the facade's layers.

    Args:
        trainable: False keeps the layer's weights as they are.
    """

    trainable: bool = field(default=True, kw_only=True)
    prepares: ClassVar[bool] = False  # pictures, one or many, of any size; it has no numbers

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Keras' way to a layer of one's own, which is another here.

        Raises:
            NetworkError: the class is not the facade's own.
        """
        super().__init_subclass__(**arguments)
        if not ("__repr__" in cls.__dict__ or issubclass(cls, Attached)):
            cls.__repr__ = Layer.__repr__  # type: ignore[method-assign]  # or dataclass writes one of all arguments
        if not cls.__module__.startswith("hakseup."):
            dropping = any(base.__name__.endswith(("Dropout", "Dropout2D")) for base in cls.__mro__[1:])
            raise NetworkError(
                "own-layer",
                Words(
                    f"{cls.__name__}: layers of one's own cannot be made from keras.layers here.",
                    f"{cls.__name__}: 여기서는 keras.layers를 상속해 새 층을 만들 수 없습니다.",
                ),
                Words(
                    "Dropout goes on while predicting with model(x, training=True): "
                    "np.stack([model(x, training=True) for _ in range(100)]).mean(axis=0).",
                    "예측할 때에도 드롭아웃을 켜려면 model(x, training=True)로 부르세요: "
                    "np.stack([model(x, training=True) for _ in range(100)]).mean(axis=0)",
                )
                if dropping
                else Words(
                    "Write a torch.nn.Module and give it to hakseup.train(data, network=module).",
                    "torch.nn.Module로 만들어 hakseup.train(data, network=module)에 넘기세요.",
                ),
            )

    def __repr__(self) -> str:
        """As Keras shows a layer, which has its name from the beginning."""
        from hakseup.keras.chain import called
        from hakseup.keras.files.today import AT_ONCE

        there = self._there()
        known = self.type in AT_ONCE or getattr(self, "known_shape", None) is not None
        built = known or (there is not None and there._model.built)
        return f"<{self.type} name={called(self).name}, built={built}>"

    def _check(self) -> None:
        super()._check()
        checks.truth(self.type, "trainable", self.trainable)

    def parameter_count(self, input_shape: Shape) -> tuple[int, int]:
        learned, fixed = super().parameter_count(input_shape)
        return (learned, fixed) if self.trainable else (0, learned + fixed)

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        module = super().build(input_shape, generator)
        if not self.trainable:
            module.requires_grad_(False)
        return module

    def config(self) -> dict[str, Any]:
        return {name: _written(value) for name, value in super().config().items()}

    def get_config(self) -> dict[str, Any]:
        """All arguments by name, as Keras writes them into files."""
        from hakseup.keras.chain import called
        from hakseup.keras.files.config import layer_config

        return layer_config(self, called(self).name)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer whose `get_config()` was this."""
        from hakseup.keras.files.config import from_keras

        return from_keras({"class_name": cls.__name__, "config": config})

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """What the layer gives: for a tensor that is not there yet (`Input`) the longer chain, for a batch its outputs.

        Raises:
            NetworkError: it cannot take that.
        """
        from hakseup.keras import chain

        if chain.is_symbol(inputs) or isinstance(inputs, list | tuple):
            return chain.join(self, inputs)
        return chain.alone(self)(inputs, training)


@dataclass(frozen=True)
class Weighted(Layer):
    """Base of the layers that have a kernel.

    Args:
        kernel_regularizer: adds to the loss what the kernel says.
        bias_regularizer: adds to the loss what the added numbers say.
        activity_regularizer: adds to the loss what comes out says, as the mean over the batch.
        kernel_constraint: bounds to which each step brings the kernel back.
        bias_constraint: the same for the added numbers.
    """

    kernel_regularizer: Any = field(default=None, kw_only=True)
    bias_regularizer: Any = field(default=None, kw_only=True)
    activity_regularizer: Any = field(default=None, kw_only=True)
    kernel_constraint: Any = field(default=None, kw_only=True)
    bias_constraint: Any = field(default=None, kw_only=True)

    def _check(self) -> None:
        super()._check()
        for name in ("kernel_regularizer", "bias_regularizer", "activity_regularizer"):
            self._set(name, regularizers.get(getattr(self, name)))
        for name in ("kernel_constraint", "bias_constraint"):
            self._set(name, constraints.get(getattr(self, name)))

    def build(self, input_shape: Shape, generator: torch.Generator) -> torch.nn.Module:
        module = super().build(input_shape, generator)
        if self.activity_regularizer is not None:
            activity = regularizers.Activity(self.activity_regularizer)
            module.register_forward_hook(activity)
            object.__setattr__(module, "activity", activity)
        return module

    def parted(self) -> tuple[Spine, str | None]:
        kept, name = super().parted()
        # with an activity regulariser what comes out is wanted with its activation, so it stays on
        return (self, None) if kept is None or self.activity_regularizer is not None else (kept, name)


@dataclass(frozen=True)
class Dense(Weighted, spine.Dense):
    __doc__ = spine.Dense.__doc__


@dataclass(frozen=True)
class Conv2D(Weighted, spine.Conv2D):
    __doc__ = spine.Conv2D.__doc__


class Convolution2D(Conv2D):
    """Keras 1's name of Conv2D, whose kernel is two numbers: Convolution2D(32, 3, 3)."""

    today: ClassVar[type] = Conv2D


@dataclass(frozen=True)
class BatchNormalization(Layer, spine.BatchNormalization):
    __doc__ = spine.BatchNormalization.__doc__


@dataclass(frozen=True)
class Input(Arithmetic, Layer, spine.Input):
    __doc__ = spine.Input.__doc__


@dataclass(frozen=True)
class Activation(Layer, spine.Activation):
    __doc__ = spine.Activation.__doc__


@dataclass(frozen=True)
class Flatten(Layer, spine.Flatten):
    __doc__ = spine.Flatten.__doc__


@dataclass(frozen=True)
class Dropout(Layer, spine.Dropout):
    __doc__ = spine.Dropout.__doc__


@dataclass(frozen=True)
class Rescaling(Layer, spine.Rescaling):
    __doc__ = spine.Rescaling.__doc__
    prepares: ClassVar[bool] = True


@dataclass(frozen=True)
class MaxPooling2D(Layer, spine.MaxPooling2D):
    __doc__ = spine.MaxPooling2D.__doc__


@dataclass(frozen=True)
class AveragePooling2D(Layer, spine.AveragePooling2D):
    __doc__ = spine.AveragePooling2D.__doc__


@dataclass(frozen=True)
class GlobalAveragePooling2D(Layer, spine.GlobalAveragePooling2D):
    __doc__ = spine.GlobalAveragePooling2D.__doc__


@dataclass(frozen=True)
class GlobalMaxPooling2D(Layer, spine.GlobalMaxPooling2D):
    __doc__ = spine.GlobalMaxPooling2D.__doc__


@dataclass(frozen=True)
class ReLU(Layer, spine.ReLU):
    __doc__ = spine.ReLU.__doc__


@dataclass(frozen=True)
class LeakyReLU(Layer, spine.LeakyReLU):
    __doc__ = spine.LeakyReLU.__doc__


@dataclass(frozen=True)
class ELU(Layer, spine.ELU):
    __doc__ = spine.ELU.__doc__


@dataclass(frozen=True)
class Softmax(Layer, spine.Softmax):
    __doc__ = spine.Softmax.__doc__


@dataclass(frozen=True)
class GaussianNoise(Layer, spine.GaussianNoise):
    __doc__ = spine.GaussianNoise.__doc__


@dataclass(frozen=True)
class LayerNormalization(Layer, spine.LayerNormalization):
    __doc__ = spine.LayerNormalization.__doc__


@dataclass(frozen=True)
class Reshape(Layer, spine.Reshape):
    __doc__ = spine.Reshape.__doc__


@dataclass(frozen=True)
class ZeroPadding2D(Layer, spine.ZeroPadding2D):
    __doc__ = spine.ZeroPadding2D.__doc__


@dataclass(frozen=True)
class UpSampling2D(Layer, spine.UpSampling2D):
    __doc__ = spine.UpSampling2D.__doc__


def _written(value: Any) -> Any:
    """Objects in the form that Keras writes into files; those of one's own stay."""
    if not type(value).__module__.startswith("hakseup.") or isinstance(value, initializers.Own):
        return value
    for kind in (initializers, regularizers, constraints):
        if isinstance(value, kind.REGISTRY.base):
            return kind.REGISTRY.serialize(value)
    return value
