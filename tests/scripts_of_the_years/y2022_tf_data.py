import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras import layers

print("Num GPUs Available: ", len(tf.config.list_physical_devices("GPU")))
tf.random.set_seed(42)
AUTOTUNE = tf.data.AUTOTUNE
BATCH_SIZE = 64
images, labels = load_digits().images, load_digits().target
images = images[..., tf.newaxis]


def normalize_img(image, label):
    """Normalizes images to `float32` of 0 to 1."""
    return tf.cast(image, tf.float32) / 16.0, label


full = tf.data.Dataset.from_tensor_slices((images[:700], labels[:700]))
ds_train = full.skip(100).map(normalize_img, num_parallel_calls=AUTOTUNE)
ds_train = ds_train.cache().shuffle(1000).batch(BATCH_SIZE).prefetch(AUTOTUNE)
ds_test = full.take(100).map(normalize_img).batch(BATCH_SIZE).cache().prefetch(AUTOTUNE)
for image, label in ds_train.take(1):
    print(image.shape, label.shape, image.dtype, float(image.numpy().max()) <= 1)
print(len(ds_train), len(ds_test))

inputs = tf.keras.Input(shape=(8, 8, 1))
x = layers.Conv2D(8, kernel_size=3, padding="same", activation="relu", kernel_initializer="he_normal")(inputs)
x = layers.BatchNormalization()(x)
residual = x
x = layers.SeparableConv2D(8, 3, padding="same", activation="relu")(x)
x = layers.Add()([x, residual])
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = tf.keras.Model(inputs, outputs, name="small_net")
model.summary()
tf.keras.utils.plot_model(model, to_file="small_net.png", show_shapes=True)
model.compile(
    optimizer=tf.keras.optimizers.Adam(0.01),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(),
    metrics=[tf.keras.metrics.SparseCategoricalAccuracy()],
)
model.fit(ds_train, epochs=2, validation_data=ds_test)
print(sorted(model.evaluate(ds_test, return_dict=True)))
print(model.predict(ds_test).shape, os.path.exists("small_net.png"))
feature_maps = tf.keras.Model(model.inputs, [layer.output for layer in model.layers if "conv" in layer.name])
print([maps.shape for maps in feature_maps.predict(images[:2] / 16)])
endless = tf.data.Dataset.from_tensor_slices((images / 16, labels)).shuffle(500).repeat().batch(32)
model.fit(endless, steps_per_epoch=5, epochs=1, verbose=2)
for pair in tf.data.Dataset.range(5).batch(2).map(lambda v: (v, v * 2)):
    print(pair[0].numpy(), pair[1].numpy())
