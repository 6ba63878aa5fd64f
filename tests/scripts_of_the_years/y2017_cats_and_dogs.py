"""Binary classification of pictures in folders, after the data-augmentation habits of 2016 and 2017.

data/
    train/ dogs/ cats/
    validation/ dogs/ cats/
"""

from keras.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array, load_img
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D
from keras.layers import Activation, Dropout, Flatten, Dense
from keras import backend as K
import numpy as np
import os

# dimensions of our images.
img_width, img_height = 24, 24

train_data_dir = "data/train"
validation_data_dir = "data/validation"
nb_train_samples = 24
nb_validation_samples = 12
epochs = 2
batch_size = 6

if K.image_data_format() == "channels_first":
    input_shape = (3, img_width, img_height)
else:
    input_shape = (img_width, img_height, 3)

model = Sequential()
model.add(Conv2D(8, (3, 3), input_shape=input_shape))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))

model.add(Conv2D(8, (3, 3)))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))

model.add(Flatten())
model.add(Dense(16))
model.add(Activation("relu"))
model.add(Dropout(0.5))
model.add(Dense(1))
model.add(Activation("sigmoid"))

model.compile(loss="binary_crossentropy", optimizer="rmsprop", metrics=["accuracy"])

# this is the augmentation configuration we will use for training
train_datagen = ImageDataGenerator(
    rescale=1.0 / 255,
    rotation_range=40,
    width_shift_range=0.2,
    height_shift_range=0.2,
    shear_range=0.2,
    zoom_range=0.2,
    horizontal_flip=True,
    fill_mode="nearest",
)
test_datagen = ImageDataGenerator(rescale=1.0 / 255)

train_generator = train_datagen.flow_from_directory(
    train_data_dir, target_size=(img_width, img_height), batch_size=batch_size, class_mode="binary"
)
validation_generator = test_datagen.flow_from_directory(
    validation_data_dir, target_size=(img_width, img_height), batch_size=batch_size, class_mode="binary"
)

history = model.fit_generator(
    train_generator,
    steps_per_epoch=nb_train_samples // batch_size,
    epochs=epochs,
    validation_data=validation_generator,
    validation_steps=nb_validation_samples // batch_size,
)
model.save_weights("first_try.h5")

print("-- Evaluate --")
scores = model.evaluate_generator(validation_generator, steps=2)
print("%s: %.2f%%" % (model.metrics_names[1], scores[1] * 100))
print("-- Predict --")
output = model.predict_generator(validation_generator, steps=2)
np.set_printoptions(formatter={"float": lambda x: "{0:0.3f}".format(x)})
print(validation_generator.class_indices)
print(output.shape, sorted(validation_generator.filenames)[:2])

img = load_img(os.path.join(train_data_dir, "cats", "cat.0.png"), target_size=(24, 24))
x = img_to_array(img)
x = x.reshape((1,) + x.shape)
i = 0
os.makedirs("preview")
for batch in train_datagen.flow(
    x, batch_size=1, save_to_dir="preview", save_prefix="cat", save_format="jpeg"
):
    i += 1
    if i >= 3:
        break
print(len(os.listdir("preview")) >= 3, array_to_img(x[0]).size)
