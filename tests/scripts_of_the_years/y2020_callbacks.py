import numpy as np
import pandas as pd
import os
import datetime
import matplotlib.pyplot as plt
import seaborn as sns
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.metrics import confusion_matrix, classification_report
from tensorflow.keras.models import Sequential, load_model
from tensorflow.keras.layers import (
    Dense,
    Dropout,
    Flatten,
    Conv2D,
    MaxPool2D,
    BatchNormalization,
    GlobalAveragePooling2D,
)
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.callbacks import (
    ReduceLROnPlateau,
    EarlyStopping,
    ModelCheckpoint,
    CSVLogger,
    TensorBoard,
    LearningRateScheduler,
)
from tensorflow.keras.utils import to_categorical

X, y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8, 1).astype("float32") / 16
Y = to_categorical(y, num_classes=10)
X_train, X_val, Y_train, Y_val = train_test_split(X, Y, test_size=0.2, random_state=2, stratify=y)

model = Sequential()
model.add(Conv2D(filters=8, kernel_size=(3, 3), padding="Same", activation="relu", input_shape=(8, 8, 1)))
model.add(BatchNormalization())
model.add(Conv2D(filters=8, kernel_size=(3, 3), padding="Same", activation="relu"))
model.add(MaxPool2D(pool_size=(2, 2), strides=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(32, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.summary()
optimizer = Adam(learning_rate=0.005, beta_1=0.9, beta_2=0.999)
model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])


def scheduler(epoch, lr):
    if epoch < 1:
        return lr
    return lr * 0.9


log_dir = os.path.join("logs", "fit", datetime.datetime.now().strftime("%Y%m%d-%H%M%S"))
callbacks = [
    ReduceLROnPlateau(monitor="val_accuracy", patience=3, verbose=1, factor=0.5, min_lr=0.00001),
    EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True),
    ModelCheckpoint("best_model.h5", monitor="val_accuracy", save_best_only=True, verbose=1),
    CSVLogger("training.csv"),
    TensorBoard(log_dir=log_dir, histogram_freq=1),
    LearningRateScheduler(scheduler, verbose=1),
]
datagen = ImageDataGenerator(
    featurewise_center=False,
    rotation_range=10,
    zoom_range=0.1,
    width_shift_range=0.1,
    height_shift_range=0.1,
    horizontal_flip=False,
)
datagen.fit(X_train)
history = model.fit(
    datagen.flow(X_train, Y_train, batch_size=64),
    epochs=3,
    validation_data=(X_val, Y_val),
    verbose=2,
    steps_per_epoch=X_train.shape[0] // 64,
    callbacks=callbacks,
)
model = load_model("best_model.h5")
loss, acc = model.evaluate(X_val, Y_val, verbose=0)
print("accuracy %.4f" % acc)
table = pd.read_csv("training.csv")
print(list(table.columns)[:3], len(table), len(os.listdir(log_dir)) > 0)
pd.DataFrame(history.history).plot(figsize=(8, 5))
plt.grid(True)
plt.show()
Y_pred_classes = np.argmax(model.predict(X_val), axis=1)
Y_true = np.argmax(Y_val, axis=1)
confusion_mtx = confusion_matrix(Y_true, Y_pred_classes)
sns.heatmap(confusion_mtx, annot=True, fmt="d")
plt.show()
print(confusion_mtx.shape, len(classification_report(Y_true, Y_pred_classes, zero_division=0)) > 100)
