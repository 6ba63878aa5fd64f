"""`tf.keras.optimizers.legacy`: the same optimisers; they take the older arguments everywhere."""

from hakseup.keras.optimizers.kinds import SGD, Adadelta, Adagrad, Adam, Adamax, Nadam, RMSprop

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "Adamax", "Nadam", "RMSprop"]
