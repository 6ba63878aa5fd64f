"""Models of layers that were joined by calling them, as Keras writes what goes into each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hakseup.errors import NetworkError
from hakseup.keras.files.operations import as_layer
from hakseup.keras.graph import Sources
from hakseup.keras.layers.merging import MERGING
from hakseup.layers import Shape
from hakseup.words import Words

_MERGING = {kind.__name__ for kind in MERGING}


def read(config: Mapping[str, Any]) -> tuple[list[Any], tuple[Sources, ...]]:
    """The layers of a functional model, the Input first and the output last, and what goes into each behind the Input.

    Raises:
        NetworkError: several inputs or outputs, a layer that is called twice, or no such description.
    """
    entries = config.get("layers")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise not_a_model("'layers' is missing", "'layers'가 없습니다")
    by_name = {_name(entry): as_layer(entry) for entry in entries}
    takes = {name: _tensors(entry.get("inbound_nodes")) for name, entry in by_name.items()}
    ends = _tensors(config.get("output_layers")) or [_name(entries[-1])]
    starts = [name for name, taken in takes.items() if not taken]
    for what, names in ((Words("inputs", "입력"), starts), (Words("outputs", "출력"), ends)):
        if len(names) != 1:
            raise _outside(
                Words(
                    f"The model has {len(names)} {what.en}: {', '.join(names)}.",
                    f"모델의 {what.ko}이 {len(names)}개입니다: {', '.join(names)}.",
                )
            )
    for name, entry in by_name.items():
        nodes = entry.get("inbound_nodes")
        if isinstance(nodes, list) and len(nodes) > 1:
            raise _outside(
                Words(
                    f"The layer '{name}' is called {len(nodes)} times.",
                    f"'{name}' 층을 {len(nodes)}번 부릅니다.",
                )
            )
        if len(takes[name]) > 1 and entry.get("class_name") not in _MERGING:
            raise _outside(
                Words(f"The layer '{name}' takes several tensors.", f"'{name}' 층이 텐서 여럿을 받습니다.")
            )
    wanted = set(_order(ends[0], takes))
    order = [name for name in by_name if name in wanted]  # as in the file, by which its weights are numbered
    for place, name in enumerate(order):
        if not set(takes[name]) <= set(order[:place]):
            order = _order(ends[0], takes)
            break
    sources = tuple(tuple(order.index(inner) for inner in takes[name]) for name in order[1:])
    return [by_name[name] for name in order], sources


def _order(end: str, takes: Mapping[str, list[str]]) -> list[str]:
    """Names of the layers that lead to an end, each behind what it takes.

    Raises:
        NetworkError: one that is not there, or a circle.
    """
    out: list[str] = []
    inside: set[str] = set()
    waiting = [(end, False)]
    while waiting:
        name, done = waiting.pop()
        if done:
            inside.discard(name)
            out.append(name)
        elif name in inside or name not in takes:
            raise not_a_model(f"'{name}' stands in a circle, or nowhere", f"'{name}' 층을 찾을 수 없습니다")
        elif name not in out:
            inside.add(name)
            waiting.append((name, True))
            waiting += [(inner, False) for inner in takes[name] if inner not in out]
    return out


def written(
    entries: Sequence[dict[str, Any]], sources: Sequence[Sources], shapes: Sequence[Shape]
) -> dict[str, Any]:
    """`layers`, `input_layers` and `output_layers` of Keras 3's description.

    Args:
        entries: the layers in the form of Keras 3, the Input first.
        sources: what goes into each behind the Input.
        shapes: what each gives, without the batch.
    """
    names = [str(entry["config"]["name"]) for entry in entries]
    out = [{**entry, "name": name, "inbound_nodes": []} for entry, name in zip(entries, names, strict=True)]
    for entry, places in zip(out[1:], sources, strict=True):
        taken = [_tensor(names[place], shapes[place]) for place in places]
        arguments = (taken,) if entry["class_name"] in _MERGING else tuple(taken)
        entry["inbound_nodes"] = [{"args": arguments, "kwargs": {}}]
    # Without a list around them: with one, a model within another would give Keras a list of one tensor.
    return {"layers": out, "input_layers": [names[0], 0, 0], "output_layers": [names[-1], 0, 0]}


def _tensor(name: str, shape: Shape) -> dict[str, Any]:
    config = {"shape": (None, *shape), "dtype": "float32", "keras_history": [name, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def _name(entry: Mapping[str, Any]) -> str:
    config = entry.get("config")
    return str(entry.get("name") or (config.get("name") if isinstance(config, Mapping) else None))


def _tensors(nodes: Any) -> list[str]:
    """Names of the layers whose outputs a description names, in every form that Keras wrote."""
    if isinstance(nodes, Mapping):
        history = nodes.get("keras_history")
        if isinstance(history, list | tuple) and history:
            return [str(history[0])]
        return [name for inner in nodes.values() for name in _tensors(inner)]
    if isinstance(nodes, list | tuple):
        if len(nodes) >= 3 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
            return [nodes[0]]
        return [name for inner in nodes for name in _tensors(inner)]
    return []


def _outside(said: Words) -> NetworkError:
    return NetworkError(
        "functional-branches",
        said,
        Words(
            "Models with one input, one output and layers that are called once can be read.",
            "입력과 출력이 하나씩이고 층을 한 번씩만 부르는 모델을 읽을 수 있습니다.",
        ),
    )


def not_a_model(en: str, ko: str) -> NetworkError:
    """The error for what describes no network."""
    return NetworkError(
        "not-a-network",
        Words(f"This does not describe a network: {en}.", f"신경망이 적힌 내용이 아닙니다: {ko}."),
    )
