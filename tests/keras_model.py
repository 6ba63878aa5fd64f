"""A small model with what `keras.files` needs, over the engine's own network; the facade's stands beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from hakseup.layers import Input, Layer
from hakseup.models.sequential import Sequential
from hakseup.seeds import torch_generator

Variables = list[tuple[str, np.ndarray]]
NAMES = {"weight": "kernel", "bias": "bias", "running_mean": "moving_mean", "running_var": "moving_variance"}


class SmallModel:
    """Built as soon as its shape is known."""

    def __init__(self, layers: Sequence[Layer], name: str = "sequential") -> None:
        self.name = name
        plain = Sequential(layers)
        self.layers = [
            dataclasses.replace(layer, name=called)
            for layer, called in zip(plain.layers, plain.names, strict=True)
        ]
        self.network = Sequential(self.layers, plain.input_shape)
        self.built = plain.input_shape is not None
        self.input_shape = (None, *plain.input_shape) if plain.input_shape else None
        self.module = self.network.build(torch_generator(1, "weights")) if self.built else None
        self.compiled: dict[str, Any] | None = None
        self.state: Variables | None = None

    def compile_config(self) -> dict[str, Any] | None:
        return self.compiled

    def compile(self, **arguments: Any) -> None:
        self.compiled = arguments

    def optimizer_state(self) -> Variables | None:
        return self.state

    def set_optimizer_state(self, state: Variables) -> None:
        self.state = state

    def _parts(self, name: str) -> list[tuple[str, torch.Tensor]]:
        part = getattr(self.module, name, None)
        if part is None:
            return []
        gamma = (
            {}
            if part.state_dict().get("weight", torch.empty(0)).ndim > 1
            else {"weight": "gamma", "bias": "beta"}
        )
        own = part.state_dict()
        return [((NAMES | gamma)[key], own[key]) for key in NAMES if key in own]

    def layer_weights(self) -> list[tuple[str, Variables]]:
        def keras(tensor: torch.Tensor) -> np.ndarray:
            order = {4: (2, 3, 1, 0), 2: (1, 0)}.get(tensor.ndim)
            return (tensor.permute(order) if order else tensor).contiguous().numpy().copy()

        return [
            (layer.name or "", [(n, keras(t)) for n, t in self._parts(layer.name or "")])
            for layer in self.layers
        ]

    def set_layer_weights(self, weights: list[tuple[str, Variables]]) -> None:
        for name, variables in weights:
            for (_n, tensor), (_m, array) in zip(self._parts(name), variables, strict=True):
                order = {4: (3, 2, 0, 1), 2: (1, 0)}.get(tensor.ndim)
                new = torch.from_numpy(np.ascontiguousarray(array))
                tensor.copy_(new.permute(order) if order else new)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(n, height, width, channels) or (n, numbers) -> Keras' output, the final activation included."""
        assert self.module is not None
        self.module.eval()
        given = torch.from_numpy(np.asarray(x, np.float32))
        with torch.no_grad():
            out = self.module(given.permute(0, 3, 1, 2) if given.ndim == 4 else given)
        if self.network.final_activation == "softmax":
            out = out.softmax(1)
        if self.network.final_activation == "sigmoid":
            out = out.sigmoid()
        return (out.permute(0, 2, 3, 1) if out.ndim == 4 else out).numpy()

    def shake(self, seed: int = 3) -> SmallModel:
        """Other numbers in every weight, so that nothing equals its first value."""
        random = np.random.default_rng(seed)
        self.set_layer_weights(
            [
                (name, [(n, random.uniform(0.05, 0.4, a.shape).astype(np.float32)) for n, a in variables])
                for name, variables in self.layer_weights()
            ]
        )
        return self


def with_input(shape: tuple[int, ...], *layers: Layer) -> SmallModel:
    """The model of these layers on this shape, with shaken weights."""
    return SmallModel([Input(shape), *layers], name="mine").shake()
