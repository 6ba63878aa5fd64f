"""`from keras.layers.core import Dense`, as Keras 1 and 2 had it."""

from hakseup.keras.layers import older
from hakseup.keras.layers.arranged import Permute
from hakseup.keras.layers.kinds import Activation, Dense, Dropout, Flatten, Reshape

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Permute", "Reshape"]

__getattr__ = older("keras.layers.core", __all__)
