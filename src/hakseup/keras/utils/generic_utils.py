"""`keras.utils.generic_utils`: where `Progbar` was in older Keras."""

from __future__ import annotations

from hakseup.keras.own_objects import CustomObjectScope, custom_object_scope, get_custom_objects
from hakseup.keras.printing import Progbar

__all__ = ["CustomObjectScope", "Progbar", "custom_object_scope", "get_custom_objects"]
