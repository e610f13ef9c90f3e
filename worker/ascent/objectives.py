"""What to maximise. An objective says which layers it watches and gives one number a picture; larger is better.

An objective is data: functions here make new ones and leave their arguments as they are. Sums, negatives and
diversity are in objective_sums.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from worker.ascent.watching import LOGITS, LayerOutputs, spatial

# Padding makes the outermost positions see an artificial edge; keras.io leaves two of them out.
BORDER = 2
# A smaller map is mostly border: there every position counts.
LEAST_WITH_BORDER = 16

ONE_A_PICTURE = tf.TensorSpec([None], tf.int32)


@dataclass(frozen=True)
class Objective:
    """What is maximised.

    Attributes:
        name: says what it is, with its layers and constants; equal names mean equal objectives.
        value: what was seen -> float32 (batch,).
        whole: paths of layers whose whole output is needed; LOGITS for the head's logits.
        chosen: (path, name of a number): layers of which one channel a picture is enough.
        numbers: name to TensorSpec of what is given with every picture: which channel, which class, ...
        reports: name to (what was seen -> float32 (batch,)): what else is noted in every step.
    """

    name: str
    value: Callable[[LayerOutputs], Any] = field(compare=False)
    whole: tuple[str, ...] = ()
    chosen: tuple[tuple[str, str], ...] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict, compare=False)
    reports: Mapping[str, Callable[[LayerOutputs], Any]] = field(default_factory=dict, compare=False)


def channel(path: str, number: str = "channel", border: int = BORDER) -> Objective:
    """Mean activation of one channel, over positions.

    Chollet, "How convolutional neural networks see the world", 2016.

    Args:
        path: of the layer.
        number: name of the number, int32 (batch,), that says which channel.
        border: positions left out on every side of maps of at least 16 × 16.
    """

    def value(seen: LayerOutputs) -> Any:
        maps = tf.cast(seen.channel(path, number), tf.float32)
        return tf.reduce_mean(without_border(maps, border), axis=(1, 2))

    return Objective(f"channel({path}, {number}, {border})", value, (), ((path, number),), {number: ONE_A_PICTURE})


def unit(path: str, number: str = "channel", position: tuple[int, int] | None = None) -> Objective:
    """Activation of one channel at one position.

    Args:
        path, number: as for channel().
        position: row and column; none means the centre.
    """

    def value(seen: LayerOutputs) -> Any:
        maps = seen.channel(path, number)
        row, column = position or (tf.shape(maps)[1] // 2, tf.shape(maps)[2] // 2)
        return tf.cast(maps[:, row, column], tf.float32)

    return Objective(f"unit({path}, {number}, {position})", value, (), ((path, number),), {number: ONE_A_PICTURE})


def whole_layer(path: str) -> Objective:
    """Mean of a layer's squared activations, over positions and channels: Deep Dream's objective.

    Mordvintsev, Olah, Tyka, "Inceptionism: Going Deeper into Neural Networks", 2015.
    """

    def value(seen: LayerOutputs) -> Any:
        return tf.reduce_mean(tf.square(tf.cast(spatial(seen.outputs[path]), tf.float32)), axis=(1, 2, 3))

    return Objective(f"whole_layer({path})", value, (path,))


def direction(path: str, power: float = 0.0, number: str = "direction") -> Objective:
    """How far activations point along a direction: dot product × max(0.1, cosine)^power, mean over positions.

    Olah et al., "The Building Blocks of Interpretability", Distill 2018.

    Args:
        path: of the layer.
        power: of the cosine; 0 leaves the dot product alone, more asks for the direction and nothing else.
        number: name of the directions, float32 (batch, channel).
    """

    def value(seen: LayerOutputs) -> Any:
        maps = tf.cast(spatial(seen.outputs[path]), tf.float32)
        vector = seen.numbers[number][:, None, None, :]
        dot = tf.reduce_sum(maps * vector, axis=-1)
        lengths = tf.norm(maps + 1e-12, axis=-1) * tf.norm(vector, axis=-1)
        cosine = tf.math.divide_no_nan(dot, lengths)
        return tf.reduce_mean(dot * tf.maximum(0.1, cosine) ** power, axis=(1, 2))

    numbers = {number: tf.TensorSpec([None, None], tf.float32)}
    return Objective(f"direction({path}, {power}, {number})", value, (path,), (), numbers)


def class_logit(number: str = "class") -> Objective:
    """The logit of one class, never its probability: a sure network's softmax has no gradient left.

    Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013. Reports `logit` and `probability`.

    Args:
        number: name of the number, int32 (batch,), that says which class. A head of one sigmoid unit has two
            answers: class 1 is its logit, class 0 the logit's negative.
    """

    def value(seen: LayerOutputs) -> Any:
        return logit_of(seen.outputs[LOGITS], seen.numbers[number])

    def probability(seen: LayerOutputs) -> Any:
        logits = seen.outputs[LOGITS]
        if logits.shape[-1] == 1:
            return tf.sigmoid(value(seen))
        return logit_of(tf.nn.softmax(logits), seen.numbers[number])

    reports = {"logit": value, "probability": probability}
    return Objective(f"class_logit({number})", value, (LOGITS,), (), {number: ONE_A_PICTURE}, reports)


def logit_of(logits: Any, classes: Any) -> Any:
    """One class's entry a picture.

    Args:
        logits: float32 (batch, class), or (batch, 1) of a single sigmoid unit.
        classes: int32 (batch,).

    Returns:
        float32 (batch,).
    """
    if logits.shape[-1] == 1:
        return tf.where(classes > 0, logits[:, 0], -logits[:, 0])
    chosen = tf.one_hot(classes, tf.shape(logits)[-1], on_value=True, off_value=False, dtype=tf.bool)
    return tf.reduce_sum(tf.where(chosen, logits, 0.0), axis=-1)


def without_border(maps: Any, border: int) -> Any:
    """Maps (batch, height, width, ...) less their outermost positions, where they are large enough."""
    height, width = maps.shape[1], maps.shape[2]
    if border == 0 or height is None or width is None or min(height, width) < LEAST_WITH_BORDER:
        return maps
    return maps[:, border:-border, border:-border]
