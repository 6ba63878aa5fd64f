from __future__ import absolute_import, division, print_function, unicode_literals
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.layers import Dense, Flatten, Dropout
import numpy as np
from sklearn.datasets import load_digits

print(tf.__version__ >= "2.0")
tf.random.set_seed(42)
digits = load_digits()
x_train, y_train = digits.images[:1200], digits.target[:1200]
x_test, y_test = digits.images[1200:], digits.target[1200:]
x_train, x_test = x_train / 16.0, x_test / 16.0


class myCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}):
        if logs.get("accuracy") > 0.6:
            print("\nReached 60% accuracy so cancelling training!")
            self.model.stop_training = True


callbacks = myCallback()
model = tf.keras.models.Sequential(
    [
        tf.keras.layers.Flatten(input_shape=(8, 8)),
        tf.keras.layers.Dense(64, activation=tf.nn.relu),
        tf.keras.layers.Dropout(0.2),
        tf.keras.layers.Dense(10),
    ]
)
predictions = model(x_train[:1]).numpy()
print(predictions.shape)
print(tf.nn.softmax(predictions).numpy().shape)
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print(loss_fn(y_train[:1], predictions).numpy() > 0)
model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss=loss_fn, metrics=["accuracy"])
model.fit(x_train, y_train, epochs=10, callbacks=[callbacks])
model.evaluate(x_test, y_test, verbose=2)
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
probabilities = probability_model.predict(x_test)
print(np.allclose(probabilities.sum(axis=1), 1, atol=1e-5), np.argmax(probabilities[0]) in range(10))
print(np.allclose(probability_model(x_test[:5]), probabilities[:5], atol=1e-5))
model.save('saved_model/my_model')
new_model = tf.keras.models.load_model('saved_model/my_model')
loss, acc = new_model.evaluate(x_test, y_test, verbose=2)
print('Restored model, accuracy: {:5.2f}%'.format(100 * acc))
