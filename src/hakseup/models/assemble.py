"""The network of a run: from its recipe (or a module of one's own) to a module, and back from network.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from hakseup.errors import CallError, NetworkError, RunError, damaged
from hakseup.layers import Input, Rescaling, parse
from hakseup.models import backbones, catalog
from hakseup.models.sequential import Sequential
from hakseup.seeds import torch_generator
from hakseup.settings import NetworkSettings, Recipe
from hakseup.words import Words


def check(settings: NetworkSettings) -> None:
    """Find what is wrong with the words of a network before any picture is read.

    Raises:
        CallError, NetworkError: an unknown name, layer or argument, or weights that are not there.
    """
    if settings.layers:
        layers = parse(settings.layers)
    else:
        layers = catalog.network(settings.name, settings.parameters, (32, 32, 3), 10).layers
        if settings.small:
            catalog.network(settings.small, catalog.for_small(settings).parameters, (32, 32, 3), 10)
    backbones.check(layers, settings.weights)


def network(
    recipe: Recipe,
    input_shape: tuple[int, int, int],
    classes: int,
    given: torch.nn.Module | Sequential | None = None,
) -> tuple[torch.nn.Module, str, dict[str, Any]]:
    """A module with fresh weights from the recipe's seed, its final activation, and network.json.

    Args:
        recipe: says the layers or the name.
        input_shape: height, width, channels.
        classes: how many there are.
        given: a network from Python that replaces the recipe's; a module keeps its own weights.

    Raises:
        NetworkError: it does not fit the pictures or the classes.
    """
    if isinstance(given, torch.nn.Module):
        return given, "softmax", _module_facts(given, input_shape, classes)
    said, name = recipe.network, "layers"
    if given is not None:
        model = given
    elif said.layers:
        model = Sequential(parse(said.layers))
    else:
        model, name = catalog.network(said.name, said.parameters, input_shape, classes), said.name
    _scaled_once(model)
    model = model.for_input(input_shape)
    model.check_output(classes)
    module = model.build(torch_generator(recipe.training.seed, "weights"), classes)
    facts = {**model.as_dict(), "name": name, "classes": classes}
    _require_something_to_train(module)
    facts |= backbones.load(module, said.weights)
    if "backbone_weights" in facts:
        backbones.require_plain_pixels(recipe.preparation)
    return module, model.final_activation, facts


def _scaled_once(model: Sequential) -> None:
    """Refuse a first layer that scales pixels of 0 to 255: a preparation always has done it.

    Raises:
        NetworkError: the pictures would be scaled twice, and the network would see next to nothing.
    """
    for layer in model.layers:
        if isinstance(layer, Rescaling) and 0 < abs(layer.scale) <= 0.01:
            raise NetworkError(
                "scaled-twice",
                Words(
                    f"The network begins with Rescaling({layer.scale:.4g}), which is meant for pixels of 0 to 255. "
                    "They come already scaled (preparation.scale), and would be scaled twice.",
                    f"신경망이 0~255 픽셀에 쓰는 Rescaling({layer.scale:.4g})으로 시작합니다. "
                    "픽셀은 이미 조정되어 들어오므로(preparation.scale) 두 번 조정하게 됩니다.",
                ),
                Words(
                    "Leave the layer out. --set preparation.scale=unit divides by 255 as it does; "
                    "Rescaling(2, offset=-1) then brings them to -1 to 1.",
                    "이 층을 빼세요. --set preparation.scale=unit이 똑같이 255로 나누고, "
                    "그 뒤에 Rescaling(2, offset=-1)을 두면 -1~1이 됩니다.",
                ),
            )
        if not isinstance(layer, Input | Rescaling):
            return


def rebuild(
    facts: Mapping[str, Any], given: torch.nn.Module | None = None, seed: int = 0
) -> tuple[torch.nn.Module, str]:
    """The module of a run, with fresh weights from the seed, and the name of its final activation.

    Raises:
        RunError: network.json is damaged, or the network was a module of one's own and is not given.
    """
    if facts.get("kind") == "module":
        if given is None:
            name = facts.get("class")
            raise RunError(
                "module-needed",
                Words(
                    f"This run's network is a Python module ({name}), whose code is not in the run folder.",
                    f"이 실행의 신경망은 파이썬 모듈({name})이고 그 코드는 실행 폴더에 없습니다.",
                ),
                Words(
                    "From Python: hakseup.open_run(path, network=YourModule()).",
                    "파이썬에서: hakseup.open_run(path, network=YourModule()).",
                ),
            )
        return given, "softmax"
    try:
        model = Sequential.from_dict(facts)
    except (KeyError, TypeError, ValueError, CallError, NetworkError) as error:
        raise damaged("network.json", error) from None
    return model.build(torch_generator(seed, "weights"), facts.get("classes")), model.final_activation


def _require_something_to_train(module: torch.nn.Module) -> None:
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise NetworkError(
            "nothing-to-train",
            Words(
                f"{type(module).__name__} has no parameters that can be trained.",
                f"{type(module).__name__}에는 학습할 파라미터가 없습니다.",
            ),
        )


def _module_facts(module: torch.nn.Module, input_shape: tuple[int, int, int], classes: int) -> dict[str, Any]:
    _require_something_to_train(module)
    h, w, c = input_shape
    was_training = module.training
    module.eval()
    try:
        with torch.inference_mode():
            out = module(torch.zeros(2, c, h, w))
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise NetworkError(
            "network-does-not-fit",
            Words(
                f"{type(module).__name__} does not take pictures of shape (batch, {c}, {h}, {w}): {error}",
                f"{type(module).__name__}에 (배치, {c}, {h}, {w}) 모양의 그림을 넣을 수 없습니다: {error}",
            ),
        ) from None
    finally:
        module.train(was_training)
    if not isinstance(out, torch.Tensor) or out.shape != (2, classes):
        found = tuple(out.shape) if isinstance(out, torch.Tensor) else type(out).__name__
        raise NetworkError(
            "network-does-not-fit",
            Words(
                f"{type(module).__name__} must give logits of shape (batch, {classes}) for {classes} classes; it gives {found} for a batch of 2.",
                f"{type(module).__name__}은(는) 클래스 {classes}개에 대해 (배치, {classes}) 모양의 로짓을 내야 하는데, 2장에 대해 {found}을(를) 냅니다.",
            ),
        )
    kind = type(module)
    return {
        "kind": "module",
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "name": kind.__name__,
        "classes": classes,
        "input_shape": list(input_shape),
        "parameters": sum(p.numel() for p in module.parameters()),
        "summary": repr(module),
    }
