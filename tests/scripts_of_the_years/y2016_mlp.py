"""Trains a simple deep NN on the digits dataset."""

from __future__ import print_function
import numpy as np

np.random.seed(1337)  # for reproducibility

from sklearn.datasets import load_digits
from sklearn.cross_validation import train_test_split
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.optimizers import SGD, Adam, RMSprop
from keras.regularizers import l2
from keras.utils import np_utils

batch_size = 64
nb_classes = 10
nb_epoch = 4

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(
    digits.data, digits.target, test_size=0.25, random_state=0
)
X_train = X_train.reshape(-1, 64).astype("float32")
X_test = X_test.reshape(-1, 64).astype("float32")
X_train /= 16
X_test /= 16
print(X_train.shape[0], "train samples")
print(X_test.shape[0], "test samples")

# convert class vectors to binary class matrices
Y_train = np_utils.to_categorical(y_train, nb_classes)
Y_test = np_utils.to_categorical(y_test, nb_classes)

model = Sequential()
model.add(Dense(64, input_shape=(64,), init="uniform", W_regularizer=l2(1e-5)))
model.add(Activation("relu"))
model.add(Dropout(0.2))
model.add(Dense(output_dim=64))
model.add(Activation("relu"))
model.add(Dropout(p=0.2))
model.add(Dense(10))
model.add(Activation("softmax"))

model.summary()

model.compile(loss="categorical_crossentropy", optimizer=RMSprop(lr=0.01), metrics=["accuracy"])

history = model.fit(
    X_train, Y_train, batch_size=batch_size, nb_epoch=nb_epoch, verbose=2, validation_data=(X_test, Y_test)
)
score = model.evaluate(X_test, Y_test, verbose=0)
print("Test score:", score[0])
print("Test accuracy:", score[1])
predicted = model.predict_classes(X_test, verbose=0)
probabilities = model.predict_proba(X_test, verbose=0)
print(predicted[:5].shape, probabilities.shape, (predicted == y_test).mean() > 0.5)
print(len(history.history["acc"]), len(history.history["val_acc"]))
