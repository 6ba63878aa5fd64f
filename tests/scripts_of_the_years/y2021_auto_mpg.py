# Regression: predict fuel efficiency, with a normalization layer
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# Make NumPy printouts easier to read.
np.set_printoptions(precision=3, suppress=True)
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

column_names = ["MPG", "Cylinders", "Horsepower", "Weight", "Model Year", "Origin"]
raw_dataset = pd.read_csv(
    "auto-mpg.data", names=column_names, na_values="?", comment="\t", sep=" ", skipinitialspace=True
)
dataset = raw_dataset.copy()
print(dataset.isna().sum().sum())
dataset = dataset.dropna()
dataset["Origin"] = dataset["Origin"].map({1: "USA", 2: "Europe", 3: "Japan"})
dataset = pd.get_dummies(dataset, columns=["Origin"], prefix="", prefix_sep="")
train_dataset = dataset.sample(frac=0.8, random_state=0)
test_dataset = dataset.drop(train_dataset.index)
train_features = train_dataset.copy()
test_features = test_dataset.copy()
train_labels = train_features.pop("MPG")
test_labels = test_features.pop("MPG")

normalizer = tf.keras.layers.Normalization(axis=-1)
normalizer.adapt(np.array(train_features).astype("float32"))
print(normalizer.mean.numpy().shape)
first = np.array(train_features[:1]).astype("float32")
print("Normalized:", normalizer(first).numpy().shape)

horsepower = np.array(train_features["Horsepower"])
horsepower_normalizer = layers.Normalization(input_shape=[1], axis=None)
horsepower_normalizer.adapt(horsepower)
horsepower_model = tf.keras.Sequential([horsepower_normalizer, layers.Dense(units=1)])
horsepower_model.summary()
print(horsepower_model.predict(horsepower[:10]).shape)
horsepower_model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.1), loss="mean_absolute_error")
history = horsepower_model.fit(
    train_features["Horsepower"], train_labels, epochs=5, verbose=0, validation_split=0.2
)
hist = pd.DataFrame(history.history)
hist["epoch"] = history.epoch
print(list(hist.tail().columns))
x = tf.linspace(0.0, 250, 251)
y = horsepower_model.predict(x)
plt.plot(x, y, color="k", label="Predictions")


def build_and_compile_model(norm):
    model = keras.Sequential(
        [norm, layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)]
    )
    model.compile(loss="mean_absolute_error", optimizer=tf.keras.optimizers.Adam(0.01))
    return model


dnn_model = build_and_compile_model(normalizer)
history = dnn_model.fit(train_features, train_labels, validation_split=0.2, verbose=0, epochs=30)
result = dnn_model.evaluate(test_features, test_labels, verbose=0)
print(result < 6)
test_predictions = dnn_model.predict(test_features).flatten()
error = test_predictions - test_labels
plt.hist(error, bins=25)
dnn_model.save("dnn_model.keras")
reloaded = tf.keras.models.load_model("dnn_model.keras")
print(np.isclose(reloaded.evaluate(test_features, test_labels, verbose=0), result))
