"""`from keras.layers.noise import GaussianNoise`, as Keras 1 and 2 had it."""

from hakseup.keras.layers import older
from hakseup.keras.layers.kinds import GaussianNoise

__all__ = ["GaussianNoise"]

__getattr__ = older("keras.layers.noise", __all__)
