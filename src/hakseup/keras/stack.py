"""The layers of a model and their numbers: adding, building, reading and filling weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hakseup.errors import NetworkError
from hakseup.keras import graph, naming, seeds
from hakseup.keras.attached import attached, plain
from hakseup.keras.chain import WITHIN, Called, Symbol, begin, called
from hakseup.keras.graph import Sources
from hakseup.keras.network import Network
from hakseup.layers import Input, Layer, Shape
from hakseup.layers.checks import did_you_mean, shown
from hakseup.models import sequential as models
from hakseup.seeds import torch_generator
from hakseup.settings import TrainingSettings
from hakseup.training import device
from hakseup.words import Words


class NoSuchLayer(NetworkError, ValueError):
    """`get_layer` of a name that there is not: a ValueError in Keras, which code may catch."""


class Stack:
    """Layers one behind the other.

    The network is made when its numbers are first asked for; shapes are checked with every layer that comes.

    Args:
        layers: from first to last; more come with `add`.
        name: shown in the summary.

    Raises:
        NetworkError: something that is no layer, or a layer that cannot take what it gets.
    """

    def __init__(self, layers: Iterable[Any] | None = None, name: str | None = None) -> None:
        self.name = name or naming.unique(type(self).__name__)
        self._layers: list[Layer] = []
        self._sources: list[Sources] = []  # what goes into each
        self._shape: Shape | None = None  # that goes in, where it was said or seen
        self._network: Network | None = None
        self._homes: dict[str, Called] = {}  # of layers whose numbers are those of another model
        self._before: Network | None = None  # of fewer or more layers: those that stayed keep their numbers
        self._entered = False  # whether its input has a name
        self.input_name = "input_layer"
        self._sized: Network | None = None  # for pictures of another size than its own
        for layer in layers or ():
            self.add(layer, rebuild=False)
        self._count_names()

    type = "Sequential"  # the class that Keras names

    def __repr__(self) -> str:
        """As Keras shows models."""
        return f"<{self.type} name={self.name}, built={self.built}>"

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer at the end.

        Args:
            rebuild: more do not follow at once.

        Raises:
            NetworkError: it is no layer, cannot take what it gets, or bears a name that is there.
        """
        self._add(layer)
        if rebuild:
            self._count_names()

    def _add(self, layer: Any) -> None:
        if isinstance(layer, Stack):
            if not self._layers and self._shape is None:
                self._shape = layer._shape
            before = len(self._layers)
            for one, sources in layer.whole():
                self.include(one, tuple(before + place for place in sources))
            return
        if isinstance(layer, Symbol) and layer.made is None:  # what `Input(...)` gave
            layer = layer.start
        if not isinstance(layer, Layer):
            raise _no_layer(layer)
        if isinstance(layer, Input):
            if self._layers or self._shape is not None:
                raise NetworkError(
                    "input-not-first",
                    Words("Input can only be the first.", "Input은 맨 앞에만 쓸 수 있습니다."),
                )
            self._shape, self._entered = layer.shape, True
            self.input_name = begin(layer).name
            return
        self.include(called(layer))

    def _count_names(self) -> None:
        """Use up the names that Keras gives unseen: to the input, and to the graph that it makes of the layers."""
        if self.built:
            if not self._entered:
                self.input_name, self._entered = naming.unique("InputLayer"), True
            naming.unique("Functional")

    def include(self, one: Called, sources: Sources | None = None) -> None:
        """Put a layer at the end that may have been called, or stand in another model: its numbers are shared.

        Args:
            sources: what goes into it; None: what the last layer gives.
        """
        taken = (len(self._layers),) if sources is None else sources
        self._arrange([*self._layers, attached(one.layer, one.name, self)], [*self._sources, taken])
        if one.home is None:
            one.home = self
        elif one.home is not self:
            self._homes[one.name] = one
        self._tell()

    def pop(self, rebuild: bool = True) -> Layer | Stack:
        """Take the last layer off, or the last model that was put in as a whole.

        Raises:
            NetworkError: there is none.
        """
        self._require_layers()
        last = self.parts()[-1][0]
        count = len(last._layers) if isinstance(last, Stack) else 1
        for layer in self._layers[-count:]:
            self._homes.pop(str(layer.name), None)
        self._arrange(self._layers[:-count], self._sources[:-count])
        return last

    def joined(self) -> list[tuple[Layer, Sources]]:
        """All layers without the input, and the places of what goes into each: 0 is the input."""
        return list(zip(self._layers, self._sources, strict=True))

    def parts(self) -> list[tuple[Layer | Stack, Sources]]:
        """As `joined`, with each model that was put in as a whole in place of its layers."""
        parts: list[tuple[Layer | Stack, Sources]] = []
        places = [0]
        for layer, sources in self.joined():
            home = self.home(str(layer.name))
            model = home.home if home is not None and home.inner is not None else None
            if model is None or not parts or parts[-1][0] is not model:
                parts.append((model or layer, tuple(places[place] for place in sources)))
            places.append(len(parts))
        return parts

    def whole(self) -> list[tuple[Called, Sources]]:
        """As `joined`, for a model that this one is put into as a whole: there its layers bear both names."""
        return [
            (Called(layer, f"{self.name}{WITHIN}{layer.name}", self, str(layer.name), place), sources)
            for place, (layer, sources) in enumerate(self.joined())
        ]

    def home(self, name: str) -> Called | None:
        """The place, in another model, of the layer that has its numbers there."""
        return self._homes.get(name)

    def inner(self, name: str) -> Layer | None:
        """The layer of this name, of all of them; None where it was taken off."""
        return next((layer for layer in self._layers if layer.name == name), None)

    def _tell(self) -> None:
        """Let models that were put in as a whole know what shape goes into them."""
        if self._shape is None:
            return
        for place, layer in enumerate(self._layers):
            one = self._homes.get(str(layer.name))
            model = one.home if one is not None and one.inner is not None else None
            if model is not None and model._shape is None:
                model.see(self.plan.taken(place))

    def see(self, shape: Shape) -> None:
        """This is the shape that goes in; it was not known before."""
        self._shape = shape
        self._tell()
        self._count_names()

    def _arrange(self, layers: list[Layer], sources: list[Sources]) -> None:
        shape = self._shape
        if layers:
            shape = graph.plan([plain(layer) for layer in layers], sources, shape, self.name).input_shape
        self._layers, self._sources, self._shape = layers, sources, shape
        self._before, self._network = self._network or self._before, None

    def build(self, input_shape: Sequence[int | None] | None = None) -> None:
        """Make the weights for inputs of this shape, the batch first as None.

        Raises:
            NetworkError: a layer cannot take what it gets.
        """
        if input_shape is not None:
            self.network_for(tuple(int(n) for n in input_shape[1:] if n is not None))

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickle: weights that were not drawn yet are drawn now, or a copy would draw others."""
        if self.built:
            self.network("copy")
        return self.__dict__

    def network_for(self, shape: Shape) -> Network:
        """The network; made for rows of this shape where none was said before.

        Raises:
            NetworkError: there are no layers, or one cannot take what it gets.
        """
        self._require_layers()
        if self._shape is None:
            graph.plan([plain(layer) for layer in self._layers], self._sources, shape, self.name)
            self.see(shape)
        return self.network("")

    @property
    def prepares(self) -> bool:
        """Whether it only prepares pictures, of any size, as `Resizing` and `RandomFlip` do."""
        return bool(self._layers) and all(getattr(layer, "prepares", False) for layer in self._layers)

    def network_for_size(self, shape: Shape) -> Network:
        """The network of one that `prepares`, for pictures of this shape, whatever others it has seen.

        Raises:
            NetworkError: a layer cannot take what it gets.
        """
        if self._shape in (None, shape):
            return self.network_for(shape)
        if self._sized is None or self._sized.input_shape != shape:
            layers = [plain(layer) for layer in self._layers]
            plan = graph.plan(layers, self._sources, shape, self.name)
            self._sized = Network(
                plan, torch_generator(0), device.device(TrainingSettings())
            )  # draws nothing
        return self._sized

    def network(self, wanted_for: str) -> Network:
        """The network.

        Args:
            wanted_for: what needs it, for the message.

        Raises:
            NetworkError: there is none before the shape that goes in is known.
        """
        if self._network is None:
            self._require_layers()
            if self._shape is None:
                raise NetworkError(
                    "not-built",
                    Words(
                        f"{wanted_for}: the model '{self.name}' has no weights yet, because the shape that goes in is not known.",
                        f"{wanted_for}: 들어가는 모양을 몰라서 '{self.name}' 모델에 아직 가중치가 없습니다.",
                    ),
                    Words(
                        "Give the first layer input_shape=(…), begin with Input((…)), or call fit before.",
                        "첫 층에 input_shape=(…)를 쓰거나, Input((…))으로 시작하거나, 먼저 fit을 부르세요.",
                    ),
                )
            where = device.device(TrainingSettings())
            self._network = Network(self.plan, torch_generator(seeds.next_seed("weights")), where)
            if self._before is not None:
                self._network.take_over(self._before)
                self._before = None
            self._share(self._network)
        return self._network

    def _share(self, network: Network) -> None:
        """Layers that came out of other models use the numbers there."""
        shapes = {name: network.plan.taken(place) for place, name in enumerate(network.plan.names)}
        for name, own in network.variables_by_layer():
            one = self._homes.get(name)
            if one is not None and one.home is not None and own:
                home, there = one.home, one.inner or name
                first = name.removesuffix(there) + str(home._layers[0].name)
                theirs = home.network_for(shapes[first]) if first in shapes else home.network("add")
                network.share(name, theirs, there)

    def _require_layers(self) -> None:
        if not self._layers:
            raise NetworkError(
                "no-layers",
                Words("The model has no layers.", "모델에 층이 없습니다."),
                Words("Add some: model.add(Dense(10)).", "model.add(Dense(10))처럼 층을 넣으세요."),
            )

    @property
    def plan(self) -> models.Sequential:
        """The layers as the engine has them: for drawing and for recipes."""
        self._require_layers()
        return graph.plan([plain(layer) for layer in self._layers], self._sources, self._shape, self.name)

    @property
    def built(self) -> bool:
        """Whether the shape that goes in is known, so that there are weights."""
        return bool(self._layers) and self._shape is not None

    @property
    def layers(self) -> list[Any]:
        """The layers, and the models that were put in as a whole; see `attached` for what layers can do."""
        return [part for part, _ in self.parts()]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """The layer, or the model that was put in, of this name or place.

        Raises:
            NetworkError: there is none.
        """
        layers = self.layers
        for number, layer in enumerate(layers):
            if layer.name == name or (name is None and index in (number, number - len(layers))):
                return layer
        names = [str(layer.name) for layer in layers]
        wanted = name if name is not None else index
        raise NoSuchLayer(
            "no-such-layer",
            Words(f"There is no layer {shown(wanted)}.", f"{shown(wanted)} 층이 없습니다."),
            did_you_mean(str(wanted), names) if names else None,
        )

    @property
    def input_shape(self) -> tuple[int | None, ...] | None:
        """What goes in, None for the batch; None where it is not known yet."""
        return None if self._shape is None else (None, *self._shape)

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """What comes out, None for the batch."""
        return (None, *self.plan.output_shapes[-1])

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """What comes out for inputs of this shape, the batch first, also where it is another than the model's own.

        Raises:
            NetworkError: a layer cannot take what it gets.
        """
        self._require_layers()
        batch, *sizes = input_shape
        layers = [plain(layer) for layer in self._layers]
        shape = tuple(int(n) for n in sizes if n is not None)
        return (batch, *graph.plan(layers, self._sources, shape, self.name).output_shapes[-1])

    @property
    def input(self) -> Symbol:
        """The input, as a shape."""
        return Symbol((None, *self.network("input").input_shape), "input", self)

    @property
    def inputs(self) -> list[Symbol]:
        """The input in a list, as models of several would have it."""
        return [self.input]

    @property
    def outputs(self) -> list[Symbol]:
        """The output in a list, as models of several would have it."""
        return [self.output]

    @property
    def output(self) -> Symbol:
        """The output, as a shape."""
        self._require_layers()
        return self.symbol(str(self._layers[-1].name))

    def symbol(self, name: str) -> Symbol:
        """What the layer of this name gives, as a shape."""
        places = [self.input]
        for (layer, sources), shape in zip(
            self.joined(), self.network("output").plan.output_shapes, strict=True
        ):
            one = Called(layer, str(layer.name), self)
            home = self.home(one.name)
            if home is not None and home.inner is not None:
                one = home
            before = tuple(places[place] for place in sources)
            places.append(Symbol((None, *shape), one.name, before[0].start, one, before))
            if one.name == name:
                break
        return places[-1]


def _no_layer(value: Any) -> NetworkError:
    hint = None
    if isinstance(value, type) and issubclass(value, Layer):
        hint = Words(
            f"Write it with brackets: {value.__name__}(…).", f"{value.__name__}(…)처럼 괄호를 붙이세요."
        )
    return NetworkError(
        "not-a-layer",
        Words(f"{shown(value)} is no layer.", f"{shown(value)}은(는) 층이 아닙니다."),
        hint,
    )
