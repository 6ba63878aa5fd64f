import numpy as np
import keras
from keras import layers, ops

inputs = keras.Input(shape=(16,))
print(inputs.shape, inputs.dtype)
dense = layers.Dense(8, activation="relu", name="hidden")
x = dense(inputs)
y = layers.Dense(8, name="beside")(inputs)
x = layers.Concatenate()([x, y])
x = layers.Dropout(0.1)(x)
print(x)
outputs = layers.Dense(1, name="last")(x)
model = keras.Model(inputs=inputs, outputs=outputs, name="guide")
print(model, model.layers)


def log_cosh(y_true, y_pred):
    error = ops.subtract(y_pred, y_true)
    return ops.mean(ops.abs(error) + ops.log1p(ops.exp(-2 * ops.abs(error))), axis=-1)


rng = np.random.default_rng(0)
a = rng.normal(size=(90, 16)).astype("float32")
b = a[:, :1] - a[:, 1:2]
model.compile(loss=log_cosh, optimizer=keras.optimizers.Adam(0.01), metrics=[keras.metrics.MeanAbsoluteError(), "mse"])
history = model.fit(a, b, batch_size=30, epochs=2, validation_split=0.2)
print(list(history.history), model.evaluate(a, b, verbose=0, return_dict=True).keys())
print(ops.convert_to_numpy(ops.argmax(ops.expand_dims(a[0], 0), axis=-1)).shape, float(ops.sigmoid(0.0)))
hits = keras.metrics.TruePositives()
hits.update_state([1, 1, 0], [0.9, 0.2, 0.8])
print("hits", float(hits.result()))
print([isinstance(layer, layers.InputLayer) for layer in model.layers])
