# -*- coding: utf-8 -*-
from __future__ import print_function
import numpy as np
import keras
import matplotlib.pyplot as plt
from keras import backend as K
from keras.callbacks import Callback, LambdaCallback
from keras.engine import Model
from keras.layers import Activation, BatchNormalization, Dense
from keras.models import Sequential
from keras.utils.generic_utils import get_custom_objects
from scipy.misc import imresize
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix, f1_score

np.random.seed(7)
images = load_digits().images[:300]
X = np.array([imresize(image, (4, 4)) for image in images]).reshape(300, 16) / 255.
y = load_digits().target[:300]


def swish(x):
    return x * K.sigmoid(x)


get_custom_objects().update({'swish': Activation(swish)})


class LRFinder(Callback):
    def __init__(self, min_lr, max_lr, steps):
        super(LRFinder, self).__init__()
        self.min_lr, self.max_lr, self.steps = min_lr, max_lr, steps
        self.history = {}

    def on_train_begin(self, logs={}):
        self.step = 0
        K.set_value(self.model.optimizer.lr, self.min_lr)

    def on_batch_end(self, batch, logs={}):
        self.step += 1
        self.history.setdefault('lr', []).append(K.get_value(self.model.optimizer.lr))
        self.history.setdefault('loss', []).append(logs['loss'])
        K.set_value(self.model.optimizer.lr, self.min_lr + (self.max_lr - self.min_lr) * self.step / self.steps)


class Metrics(Callback):
    def on_train_begin(self, logs={}):
        self.val_f1s = []

    def on_epoch_end(self, epoch, logs={}):
        found = np.argmax(self.model.predict(self.validation_data[0]), axis=1)
        self.val_f1s.append(f1_score(self.validation_data[1].ravel(), found, average='macro'))
        print(' - val_f1: %.4f' % self.val_f1s[-1])


def focal(y_true, y_pred):
    y_pred = K.clip(y_pred, K.epsilon(), 1.0 - K.epsilon())
    return K.mean(K.sum(-y_true * K.pow(1 - y_pred, 2.) * K.log(y_pred), axis=-1))


model = Sequential()
model.add(Dense(16, input_dim=16, activation='swish', init='he_normal'))
model.add(BatchNormalization())
model.add(Dense(10, activation='softmax'))
model.compile(loss=focal, optimizer=keras.optimizers.SGD(lr=0.01, momentum=0.9), metrics=['acc'])
print(isinstance(model, Model))
finder, metrics = LRFinder(1e-4, 0.1, 20), Metrics()
T = keras.utils.to_categorical(y, 10)
model.fit(X, T, batch_size=30, nb_epoch=2, callbacks=[finder], verbose=0)
print(len(finder.history['lr']), round(finder.history['lr'][-1], 3))
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['acc'])
said = LambdaCallback(on_epoch_end=lambda epoch, logs: print('epoch', epoch, 'val_acc' in logs, logs['val_acc'] == logs.get('val_acc')))
history = model.fit(X, y, validation_split=0.2, epochs=2, verbose=0, callbacks=[metrics, said])
plt.plot(history.history['acc'])
plt.plot(history.history['val_acc'])
plt.show()
print(confusion_matrix(y, model.predict_classes(X), labels=range(10)).sum(), len(metrics.val_f1s))


def batches():
    while 1:
        for first in range(0, 300, 50):
            yield X[first:first + 50], y[first:first + 50]


model.fit_generator(batches(), samples_per_epoch=300, nb_epoch=1, verbose=1)
