"""`channel_switches`: what a network says of one photograph with some channels of a layer switched off.

The network is cut behind the layer at the first request; after that a request is one pass to the layer and two behind.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses.channel_switches.parts import SWITCHED, SwitchArrays, SwitchFacts
from shared.analyses.channel_switches.spec import ChannelSwitches
from shared.errors import InvalidSpec, message
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.ascent.layer_channels import full_path
from worker.networks.cut import AtLayer, CutNetwork, cut_network, mean_logits
from worker.networks.head_values import output_prediction
from worker.networks.heads import Head, head_named, model_heads
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import shown_picture


def channel_switches(spec: ChannelSwitches, context: RunContext) -> Iterator[Part | Progress]:
    """Ask a network twice: with every channel, and without some.

    Yields:
        One part, see shared.analyses.channel_switches.parts.

    Raises:
        UnknownModel, UnknownImage, UnknownLayer, NotFinite: see their names.
        InvalidSpec: no such channel, no head, or a layer that nothing leads from to the output.
    """
    model = yield from yielding(lambda: context.models.load(spec.model), "loading the model")
    picture = context.model_picture(spec.image, model, spec.resize)
    head = head_named(model, model_heads(model, picture.shape[:2]), spec.model_output)
    path = full_path(model.network, spec.layer)
    facts = {"model": model.title, "weights": model.weights, "precision": "float32"}
    progress = Progress("computing the layer's activations", total=1, facts=facts)
    cut = yield from yielding(lambda: cut_network(model, head, path, picture.shape[:2]), progress)
    _check(spec, cut, path)
    yield (yield from yielding(lambda: _part(spec, model, head, path, cut, picture), "asking the network"))


def _check(spec: ChannelSwitches, cut: CutNetwork, path: str) -> None:
    beyond = [channel for channel in spec.off if channel >= cut.channels]
    if beyond:
        raise InvalidSpec(message(f"`off` below {cut.channels}, the channels of {path}", beyond[:5], "Change `off`."))


def _part(
    spec: ChannelSwitches, model: LoadedModel, head: Head, path: str, cut: CutNetwork, picture: np.ndarray
) -> Part:
    at = cut.front(tf.constant(picture[None]))
    replacements = _replacements(spec, at)
    mask = np.zeros((1, cut.channels), bool)
    on = cut.answers(at, replacements, tf.constant(mask))
    mask[0, list(spec.off)] = True
    off = cut.answers(at, replacements, tf.constant(mask)) if spec.off else on
    values = at.values[0]
    arrays: SwitchArrays = {
        "strength": np.asarray(tf.reduce_max(values, range(len(values.shape) - 1)), np.float32),
        "logits_on": _mean(on[0]), "logits_off": _mean(off[0]), "given_on": _mean(on[1]), "given_off": _mean(off[1]),
    }  # fmt: skip
    said = [output_prediction(head, np.asarray(one[0][0]), np.asarray(one[1][0])) for one in (on, off)]
    shape = values.shape
    facts: SwitchFacts = {
        "on": said[0], "off": said[1], "path": path,
        "height": int(shape[1]) if len(shape) == 4 else 1, "width": int(shape[2]) if len(shape) == 4 else 1,
    }  # fmt: skip
    return SWITCHED.part(0, "predictions", pictures={"picture": shown_picture(picture)}, arrays=arrays, facts=facts)


def _mean(values: Any) -> np.ndarray:
    return np.asarray(mean_logits(values)[0], np.float32)


def _replacements(spec: ChannelSwitches, at: AtLayer) -> list[Any]:
    if spec.replace_by == "zero":
        return [tf.zeros((1,) * len(values.shape[:-1]) + (values.shape[-1],)) for values in at.values]
    return [tf.reduce_mean(values, range(len(values.shape) - 1), keepdims=True) for values in at.values]
