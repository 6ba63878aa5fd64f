"""`from keras.layers.advanced_activations import LeakyReLU`, as Keras 1 and 2 had it."""

from hakseup.keras.layers import older
from hakseup.keras.layers.kinds import ELU, LeakyReLU, ReLU, Softmax

__all__ = ["ELU", "LeakyReLU", "ReLU", "Softmax"]

__getattr__ = older("keras.layers.advanced_activations", __all__)
