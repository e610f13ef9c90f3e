"""What to maximise. An objective says which layers it watches and gives one number a picture; larger is better.

An objective is data: functions here make new ones and leave their arguments as they are. Sums, negatives and
diversity are in objective_sums.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from worker.ascent.watching import LOGITS, PROBABILITIES, LayerOutputs, spatial

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


def class_logit(number: str = "class", centre: bool = False) -> Objective:
    """The logit of one class, never its probability: a sure network's softmax has no gradient left.

    Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013. Reports `logit` and `probability`; of
    numbers the number itself. Of a mask it is the mean over positions.

    Args:
        number: name of the number, int32 (batch,), that says which class, as head_values() counts them.
        centre: of a mask only the middle half of both sides.
    """

    def value(seen: LayerOutputs) -> Any:
        return logit_of(seen.outputs[LOGITS], seen.numbers[number], centre)

    def probability(seen: LayerOutputs) -> Any:
        return logit_of(seen.outputs[PROBABILITIES], seen.numbers[number], centre)

    reports = {"logit": value, "probability": probability}
    name = f"class_logit({number}, {'centre' if centre else 'whole'})"
    return Objective(name, value, (LOGITS, PROBABILITIES), (), {number: ONE_A_PICTURE}, reports)


def logit_of(logits: Any, classes: Any, centre: bool = False) -> Any:
    """One class's entry a picture; its mean over positions where there are any.

    Args:
        logits: float32 (batch, class) or (batch, height, width, class).
        classes: int32 (batch,).
        centre: whether only the middle half of both sides counts.

    Returns:
        float32 (batch,).
    """
    if len(logits.shape) == 4:
        height, width = int(logits.shape[1]), int(logits.shape[2])
        down, across = (height // 4, width // 4) if centre else (0, 0)
        logits = tf.reduce_mean(logits[:, down : height - down, across : width - across], (1, 2))
    chosen = tf.one_hot(classes, tf.shape(logits)[-1], on_value=True, off_value=False, dtype=tf.bool)
    return tf.reduce_sum(tf.where(chosen, logits, 0.0), axis=-1)


def without_border(maps: Any, border: int) -> Any:
    """Maps (batch, height, width, ...) less their outermost positions, where they are large enough."""
    height, width = maps.shape[1], maps.shape[2]
    if border == 0 or height is None or width is None or min(height, width) < LEAST_WITH_BORDER:
        return maps
    return maps[:, border:-border, border:-border]
