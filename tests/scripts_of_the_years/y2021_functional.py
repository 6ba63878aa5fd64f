import numpy as np
from sklearn.datasets import load_digits
from tensorflow import keras
from tensorflow.keras import layers, Input, Model

x_train, y_train = load_digits(return_X_y=True)
x_train = x_train.astype("float32") / 16

# a classifier
inputs = keras.Input(shape=(8, 8, 1), name="img")
x = layers.Conv2D(8, 3, activation="relu", padding="same")(inputs)
x = layers.BatchNormalization()(x)
x = layers.LeakyReLU(0.1)(x)
x = layers.AveragePooling2D(2)(x)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.1)(x)
outputs = layers.Dense(10, activation="softmax", name="predictions")(x)
model = keras.Model(inputs=inputs, outputs=outputs, name="digits_model")
model.summary()
print(x.shape, model.input_shape, model.output_shape)
keras.utils.plot_model(model, "my_first_model.png", show_shapes=True)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.RMSprop(),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
)
history = model.fit(x_train.reshape(-1, 8, 8, 1), y_train, batch_size=64, epochs=2, validation_split=0.2)
test_scores = model.evaluate(x_train.reshape(-1, 8, 8, 1), y_train, verbose=2)
print(sorted(history.history))
model.save("digits.keras")
del model
model = keras.models.load_model("digits.keras")
print(len(model.predict(x_train[:3].reshape(-1, 8, 8, 1))))

# a feature extractor
conv = model.get_layer("predictions")
extractor = Model(model.input, model.layers[-2].output)
print(extractor.predict(x_train[:3].reshape(-1, 8, 8, 1), verbose=0).shape, conv.name)

# an autoencoder, its encoder and its decoder
input_img = Input(shape=(64,))
encoded = layers.Dense(16, activation="relu")(input_img)
decoded = layers.Dense(64, activation="sigmoid")(encoded)
autoencoder = Model(input_img, decoded)
encoder = Model(input_img, encoded)
encoded_input = Input(shape=(16,))
decoder_layer = autoencoder.layers[-1]
decoder = Model(encoded_input, decoder_layer(encoded_input))
autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
before = encoder.predict(x_train[:5], verbose=0)
autoencoder.fit(
    x_train, x_train, epochs=2, batch_size=256, shuffle=True, validation_data=(x_train, x_train), verbose=2
)
encoded_imgs = encoder.predict(x_train[:5])
decoded_imgs = decoder.predict(encoded_imgs)
print(np.allclose(decoded_imgs, autoencoder.predict(x_train[:5], verbose=0), atol=1e-5))
print(np.abs(encoded_imgs - before).max() > 1e-4)
