import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
import pandas as pd
from keras import layers
from keras.callbacks import EarlyStopping, ModelCheckpoint, Callback, LambdaCallback
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.metrics import roc_auc_score

keras.utils.set_random_seed(812)
df = pd.read_csv("pima-indians-diabetes.csv", header=None)
X = df.iloc[:, :8].values
y = df.iloc[:, 8].values
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)


class LossHistory(Callback):
    def on_train_begin(self, logs=None):
        self.losses = []
        print("begin", sorted(self.params))

    def on_batch_end(self, batch, logs=None):
        self.losses.append(logs.get("loss"))

    def on_train_end(self, logs=None):
        print("end", len(self.losses))


model = keras.Sequential(
    [
        keras.Input(shape=(8,)),
        layers.Dense(16, activation="relu", kernel_initializer="he_normal"),
        layers.BatchNormalization(),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid"),
    ],
    name="diabetes",
)
model.summary()
model.compile(
    optimizer=keras.optimizers.Adam(
        learning_rate=keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)
    ),
    loss=keras.losses.BinaryCrossentropy(),
    metrics=["accuracy", keras.metrics.AUC(name="auc"), keras.metrics.Precision(), keras.metrics.Recall()],
)
count = np.bincount(y_train)
class_weight = {0: len(y_train) / (2 * count[0]), 1: len(y_train) / (2 * count[1])}
history = model.fit(
    X_train,
    y_train,
    validation_split=0.2,
    epochs=4,
    batch_size=32,
    class_weight=class_weight,
    callbacks=[
        LossHistory(),
        LambdaCallback(on_epoch_end=lambda epoch, logs: print("epoch", epoch, len(logs))),
        EarlyStopping(monitor="val_auc", mode="max", patience=10, restore_best_weights=True, verbose=1),
        ModelCheckpoint("best.keras", save_best_only=True, monitor="val_loss"),
    ],
    verbose=2,
)
results = model.evaluate(X_test, y_test, verbose=0, return_dict=True)
print(sorted(results))
best = keras.models.load_model("best.keras")
print(roc_auc_score(y_test, best.predict(X_test, verbose=0)) > 0.5)
weights, biases = model.layers[0].get_weights()
print(weights.shape, biases.shape)
model.layers[0].trainable = False
model.compile(optimizer="sgd", loss="mse")
print(len(model.trainable_weights))
model.save_weights("last.weights.h5")
clone = keras.models.clone_model(model)
clone.load_weights("last.weights.h5")
print(np.allclose(clone.predict(X_test, verbose=0), model.predict(X_test, verbose=0), atol=1e-6))
