import numpy as np
import os
from sklearn.datasets import load_digits
from keras.models import Sequential, model_from_json
from keras.layers import Dense, Dropout, Activation, Flatten
from keras.layers import Convolution2D, MaxPooling2D
from keras.layers.normalization import BatchNormalization
from keras.utils import np_utils
from keras.utils.visualize_util import plot
from keras import backend as K
from keras.optimizers import SGD

np.random.seed(7)
img_rows, img_cols = 8, 8
nb_filters = 8
pool_size = (2, 2)
kernel_size = (3, 3)

X, y = load_digits(return_X_y=True)
X = X[:600] / 16.0
y = y[:600]
if K.image_dim_ordering() == "th":
    X = X.reshape(X.shape[0], 1, img_rows, img_cols)
    input_shape = (1, img_rows, img_cols)
else:
    X = X.reshape(X.shape[0], img_rows, img_cols, 1)
    input_shape = (img_rows, img_cols, 1)
Y = np_utils.to_categorical(y)

model = Sequential()
model.add(
    Convolution2D(nb_filters, kernel_size[0], kernel_size[1], border_mode="valid", input_shape=input_shape)
)
model.add(BatchNormalization(mode=0, axis=-1))
model.add(Activation("relu"))
model.add(Convolution2D(nb_filters, 3, 3, activation="relu", border_mode="same", subsample=(1, 1)))
model.add(MaxPooling2D(pool_size=pool_size))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(32))
model.add(Activation("relu"))
model.add(Dropout(0.5))
model.add(Dense(10, activation="softmax"))

sgd = SGD(lr=0.05, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["accuracy"])
model.fit(X, Y, batch_size=32, nb_epoch=3, verbose=1, validation_split=0.2, shuffle=True)
plot(model, to_file="model.png", show_shapes=True)
print("picture:", os.path.exists("model.png"))

# serialize model to JSON, weights to HDF5
model_json = model.to_json()
with open("model.json", "w") as json_file:
    json_file.write(model_json)
model.save_weights("model.h5")
print("Saved model to disk")

json_file = open("model.json", "r")
loaded_model_json = json_file.read()
json_file.close()
loaded_model = model_from_json(loaded_model_json)
loaded_model.load_weights("model.h5")
print("Loaded model from disk")
loaded_model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
score = loaded_model.evaluate(X, Y, verbose=0)
print("%s: %.2f%%" % (loaded_model.metrics_names[1], score[1] * 100))
print("same:", np.allclose(model.predict(X), loaded_model.predict(X)))
K.clear_session()
