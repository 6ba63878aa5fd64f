"""Callbacks by Keras' names: what is called while a model trains, and a base for one's own."""

from __future__ import annotations

from typing import Any

from hakseup.keras.callbacks.base import BaseLogger, Callback, History, LambdaCallback, ProgbarLogger
from hakseup.keras.callbacks.files import BackupAndRestore, CSVLogger, TensorBoard
from hakseup.keras.callbacks.listed import CallbackList
from hakseup.keras.callbacks.monitored import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from hakseup.keras.callbacks.rates import LearningRateScheduler, TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "BaseLogger",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]


def __getattr__(name: str) -> Any:
    from hakseup.keras.outside import missing

    raise missing("keras.callbacks", name, __all__)
