"""What `compile` was told, and what becomes of it when the network is there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import torch

from hakseup.errors import CallError
from hakseup.keras import losses, optimizers
from hakseup.keras.metrics import get as metric_of
from hakseup.keras.metrics import serialize as metric_config
from hakseup.keras.network import Network
from hakseup.keras.objective import Objective, Tally, figure_names
from hakseup.layers.checks import did_you_mean
from hakseup.words import Words

_ONE_OUTPUT = Words(
    "is for models with several outputs; a Sequential has one",
    "출력이 여럿인 모델에 쓰는 것이고 Sequential의 출력은 하나입니다",
)
_REFUSED = {
    "loss_weights": _ONE_OUTPUT,
    "sample_weight_mode": Words("is for sequences", "시계열에 쓰는 것입니다"),
    "target_tensors": Words("is of TensorFlow's graphs", "TensorFlow 그래프에 쓰는 것입니다"),
}
_NO_EFFECT = (
    "run_eagerly",
    "jit_compile",
    "steps_per_execution",
    "auto_scale_loss",
    "experimental_run_tf_function",
)  # how TensorFlow hurries


class Compiled:
    """Optimizer, loss and metrics of a model.

    Args:
        optimizer: name, object or config.
        loss: name, function, object or config; None: it cannot be trained.
        metrics: a name or object, or a list of them. weighted_metrics: those that weights of rows count for.
        others: Keras' other arguments: those about speed do nothing, others are refused.
        learns: layer -> whether it was to learn when this was said.

    Raises:
        CallError: an argument that is not known or not possible here.
    """

    def __init__(
        self,
        optimizer: Any,
        loss: Any,
        metrics: Any,
        weighted_metrics: Any,
        others: dict[str, Any],
        learns: Mapping[str, bool] = MappingProxyType({}),
    ) -> None:
        for name, value in others.items():
            if name in _REFUSED:
                if value is not None:
                    raise _refused(name, _REFUSED[name])
            elif name not in _NO_EFFECT:
                raise CallError(
                    "unknown-argument",
                    Words(f"compile has no argument '{name}'.", f"compile에는 '{name}' 인자가 없습니다."),
                    did_you_mean(name, ["optimizer", "loss", "metrics", "weighted_metrics"]),
                )
        self.optimizer = optimizers.get(optimizer)
        self.said_loss = loss
        self.loss = None if loss is None else losses.loss_of(_single("loss", loss))
        self.metrics = [metric_of(m) for m in _listed(metrics)]
        self.weighted_metrics = [metric_of(m) for m in _listed(weighted_metrics)]
        self._learns = learns
        self._torch: torch.optim.Optimizer | None = None

    @contextlib.contextmanager
    def learning(self, network: Network) -> Iterator[None]:
        """Let those layers learn that were to when the model was compiled; afterwards all is as they say now.

        A network of two parts needs it: one part learns by itself and stands still inside the whole.
        """
        now: list[tuple[torch.nn.Parameter, bool]] = []
        for name, _, module in network.parts():
            for parameter in module.parameters() if module is not None and name in self._learns else ():
                now.append((parameter, parameter.requires_grad))
                parameter.requires_grad_(self._learns[name])
        try:
            yield
        finally:
            for parameter, learns in now:
                parameter.requires_grad_(learns)

    def objective(self, network: Network) -> Objective:
        """The loss for this network.

        Raises:
            CallError: compiled without a loss.
        """
        if self.loss is None:
            raise CallError(
                "no-loss",
                Words("The model was compiled without a loss.", "모델을 컴파일할 때 loss를 주지 않았습니다."),
                Words(
                    "model.compile(optimizer='adam', loss='mse'), for example.",
                    "예: model.compile(optimizer='adam', loss='mse')",
                ),
            )
        return Objective(network, self.loss)

    def tally(self, objective: Objective) -> Tally:
        """The figures to keep."""
        return Tally(objective, self.metrics, self.weighted_metrics)

    @property
    def metric_names(self) -> list[str]:
        """Names of the figures that `evaluate` returns, in its order."""
        return ["loss", *figure_names(self.metrics, self.weighted_metrics)]

    def torch_optimizer(self, network: Network) -> torch.optim.Optimizer:
        """The optimizer over the network's parameters; the same one, with its state, for every later fit."""
        if self._torch is None:
            learned = [variable.tensor for _, variable in network.learned()]
            self._torch = self.optimizer.build(learned, network.bounds())
            self.optimizer.learns(network.learned)
        return self._torch

    @property
    def begun(self) -> bool:
        """Whether the optimizer has a state."""
        return self._torch is not None

    def forget(self) -> None:
        """The network was built anew: nothing of the old one counts any more."""
        self._torch = None

    def config(self) -> dict[str, Any]:
        """As Keras writes it into files."""
        return {
            "optimizer": optimizers.serialize(self.optimizer),
            "loss": None if self.loss is None else losses.serialize(self.loss),
            "loss_weights": None,
            "metrics": [metric_config(m) for m in self.metrics] or None,
            "weighted_metrics": [metric_config(m) for m in self.weighted_metrics] or None,
            "run_eagerly": False,
            "steps_per_execution": 1,
            "jit_compile": False,
        }


def _refused(name: str, why: Words) -> CallError:
    return CallError(
        "unsupported-argument",
        Words(f"compile: {name} {why.en}.", f"compile: {name}은(는) {why.ko}."),
        Words("Leave it out.", "빼고 쓰세요."),
    )


def _single(name: str, value: Any) -> Any:
    """The one loss out of a list or dict of one."""
    if isinstance(value, list | tuple) and len(value) == 1:
        return value[0]
    if isinstance(value, dict) and "class_name" not in value and len(value) == 1:
        return next(iter(value.values()))
    if isinstance(value, list | tuple):
        raise _refused(name, _ONE_OUTPUT)
    return value


def _listed(value: Any) -> list[Any]:
    """Metrics as one list: a text, an object, a list, or a dict or list of lists for the one output."""
    if value is None:
        return []
    if isinstance(value, dict) and "class_name" not in value:
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return [value]
    return [
        inner for entry in value for inner in (_listed(entry) if isinstance(entry, list | tuple) else [entry])
    ]
