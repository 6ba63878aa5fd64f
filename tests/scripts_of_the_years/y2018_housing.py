from keras import models
from keras import layers
from keras import optimizers, losses, metrics
from keras import regularizers
import numpy as np
from sklearn.datasets import make_regression

data, targets = make_regression(n_samples=160, n_features=13, noise=4, random_state=1)
targets = targets / 20 + 22
train_data, test_data = data[:120], data[120:]
train_targets, test_targets = targets[:120], targets[120:]
mean = train_data.mean(axis=0)
train_data -= mean
std = train_data.std(axis=0)
train_data /= std
test_data -= mean
test_data /= std


def build_model():
    model = models.Sequential()
    model.add(
        layers.Dense(
            16,
            activation="relu",
            kernel_regularizer=regularizers.l1_l2(l1=0.0001, l2=0.0001),
            input_shape=(train_data.shape[1],),
        )
    )
    model.add(layers.Dense(16, activation="relu"))
    model.add(layers.Dense(1))
    model.compile(optimizer=optimizers.RMSprop(lr=0.01), loss=losses.mean_squared_error, metrics=["mae"])
    return model


k = 3
num_val_samples = len(train_data) // k
num_epochs = 4
all_mae_histories = []
for i in range(k):
    print("processing fold #", i)
    val_data = train_data[i * num_val_samples : (i + 1) * num_val_samples]
    val_targets = train_targets[i * num_val_samples : (i + 1) * num_val_samples]
    partial_train_data = np.concatenate(
        [train_data[: i * num_val_samples], train_data[(i + 1) * num_val_samples :]], axis=0
    )
    partial_train_targets = np.concatenate(
        [train_targets[: i * num_val_samples], train_targets[(i + 1) * num_val_samples :]], axis=0
    )
    model = build_model()
    history = model.fit(
        partial_train_data,
        partial_train_targets,
        validation_data=(val_data, val_targets),
        epochs=num_epochs,
        batch_size=8,
        verbose=0,
    )
    mae_history = history.history["val_mean_absolute_error"]
    all_mae_histories.append(mae_history)
average_mae_history = [np.mean([x[i] for x in all_mae_histories]) for i in range(num_epochs)]
print(len(average_mae_history), average_mae_history[-1] < average_mae_history[0])

model = build_model()
model.fit(train_data, train_targets, epochs=4, batch_size=16, verbose=0)
test_mse_score, test_mae_score = model.evaluate(test_data, test_targets)
print("mae", test_mae_score)
print(model.predict(test_data)[:2].flatten().shape)
model.save("housing.h5")
again = models.load_model("housing.h5")
print(np.allclose(again.predict(test_data), model.predict(test_data)))
