"""Settings: the one table (`sections`, `table`), and recipes made of it (`recipe`)."""

from hakseup.settings.augmentation import AugmentationSettings
from hakseup.settings.preparation import PreparationSettings
from hakseup.settings.recipe import Recipe, assign, build
from hakseup.settings.rows import About
from hakseup.settings.sections import (
    SECTIONS,
    CheckpointSettings,
    DataSettings,
    NetworkSettings,
    PredictionSettings,
    SplitSettings,
    StoppingSettings,
    TrainingSettings,
)
from hakseup.settings.table import Setting, check, setting, table

__all__ = [
    "SECTIONS",
    "About",
    "AugmentationSettings",
    "CheckpointSettings",
    "DataSettings",
    "NetworkSettings",
    "PredictionSettings",
    "PreparationSettings",
    "Recipe",
    "Setting",
    "SplitSettings",
    "StoppingSettings",
    "TrainingSettings",
    "assign",
    "build",
    "check",
    "setting",
    "table",
]
