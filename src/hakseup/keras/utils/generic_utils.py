"""`keras.utils.generic_utils`: where `Progbar` was in older Keras."""

from __future__ import annotations

from hakseup.keras.printing import Progbar

__all__ = ["Progbar"]
