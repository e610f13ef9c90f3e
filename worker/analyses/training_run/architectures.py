"""The networks that learn from nothing: the book's own, and a compact one.

Chollet, "Deep Learning with Python", 2017, sections 2.1, 5.1 and 5.2. A layer has a name of its own kind and number, so
that it is found again in every process, and the network ends in `logits` and `probabilities`.
"""

import keras

from shared.analyses.training_run.spec import TrainingRun

# Up to this size pictures get the network that the book trains on MNIST.
SMALL_PICTURES = 64
SMALL_FILTERS, SMALL_HIDDEN = (32, 64, 64), 64
LARGE_FILTERS, LARGE_HIDDEN = (32, 64, 128, 128), 512
COMPACT_FILTERS = (32, 64, 96, 128, 160)


def new_network(spec: TrainingRun, shape: tuple[int, int, int], classes: int) -> keras.Model:
    """The network of a strategy that needs no base, untrained, for pictures in [0, 1].

    Args:
        spec: which one, its hidden units and its dropout.
        shape: height, width and channels of its pictures.
        classes: how many it tells apart.
    """
    inputs = keras.Input(shape, name="picture")
    if spec.strategy == "dense":
        found = dense_head(keras.layers.Flatten(name="flatten")(inputs), spec.hidden, spec.dropout)
    elif spec.network == "compact":
        found = _compact(inputs, spec)
    else:
        found = _book(inputs, spec)
    return keras.Model(inputs, ending(found, classes), name=spec.strategy)


def ending(values: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """Logits and probabilities of classes.

    Two classes have one unit and a sigmoid, as in the book: its logit is the evidence for the second class against the
    first, which two units of a softmax would share out between them in no defined way, and heat maps of either class
    show what tells it from the other. The layers stay float32 in any precision.
    """
    layers, units = keras.layers, 1 if classes == 2 else classes
    logits = layers.Dense(units, name="logits", dtype="float32")(values)
    squeeze = "sigmoid" if units == 1 else "softmax"
    return layers.Activation(squeeze, name="probabilities", dtype="float32")(logits)


def dense_head(values: keras.KerasTensor, hidden: int, dropout: float) -> keras.KerasTensor:
    """Dropout and one hidden layer, each where it is asked for."""
    if dropout:
        values = keras.layers.Dropout(dropout, name="dropout")(values)
    return keras.layers.Dense(hidden, activation="relu", name="hidden")(values) if hidden else values


def _book(found: keras.KerasTensor, spec: TrainingRun) -> keras.KerasTensor:
    small = found.shape[1] <= SMALL_PICTURES
    filters = SMALL_FILTERS if small else LARGE_FILTERS
    for number, count in enumerate(filters, 1):
        found = keras.layers.Conv2D(count, 3, activation="relu", name=f"conv{number}")(found)
        if not small or number < len(filters):
            found = keras.layers.MaxPooling2D(name=f"pool{number}")(found)
    found = keras.layers.Flatten(name="flatten")(found)
    return dense_head(found, spec.hidden or (SMALL_HIDDEN if small else LARGE_HIDDEN), spec.dropout)


def _compact(found: keras.KerasTensor, spec: TrainingRun) -> keras.KerasTensor:
    layers = keras.layers
    for number, count in enumerate(COMPACT_FILTERS, 1):
        found = layers.Conv2D(count, 3, padding="same", use_bias=False, name=f"conv{number}")(found)
        found = layers.BatchNormalization(name=f"norm{number}")(found)
        found = layers.ReLU(name=f"relu{number}")(found)
        if number < len(COMPACT_FILTERS) and min(found.shape[1:3]) >= 4:
            found = layers.MaxPooling2D(name=f"pool{number}")(found)
    found = layers.GlobalAveragePooling2D(name="average")(found)
    return dense_head(found, spec.hidden, spec.dropout)
