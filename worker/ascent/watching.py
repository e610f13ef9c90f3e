"""What an objective is given to judge: the outputs of the layers it names, and one channel of a layer cheaply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from shared.errors import InvalidSpec, message
from worker.ascent.channel_outputs import chosen_maps, pick_channels
from worker.networks.capture import find_layer, layer_calls
from worker.networks.head_values import run_heads
from worker.networks.heads import Head, head_named, model_heads
from worker.networks.models import LoadedModel

# Stand for what the head says where an objective names the layers it watches. No layer can be called so.
LOGITS, PROBABILITIES = "//logits", "//probabilities"

SAID = (LOGITS, PROBABILITIES)

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class LayerOutputs:
    """What a batch of pictures did in the network.

    Attributes:
        outputs: path to output, (batch, height, width, channel) or (batch, unit); LOGITS and PROBABILITIES to what
            head_values() says, float32 (batch, class), of a mask (batch, height, width, class).
        numbers: name to tensor, the first axis for the picture: which channel, which class, ...
        images: int32 (batch,), which picture of the batch each row is a view of: crops of one picture share theirs.
        maps: (path, name of a number) to (batch, height, width), one channel a picture, where it was computed alone.
    """

    outputs: Mapping[str, Any]
    numbers: Numbers = field(default_factory=dict)
    images: Any = None
    maps: Mapping[tuple[str, str], Any] = field(default_factory=dict)

    def channel(self, path: str, number: str) -> Any:
        """One channel a picture: (batch, height, width) in the layer's own precision.

        Args:
            path: of the layer.
            number: name of the number, int32 (batch,), that says which channel.
        """
        if (path, number) in self.maps:
            return self.maps[path, number]
        return pick_channels(spatial(self.outputs[path]), self.numbers[number])

    def pictures(self) -> Any:
        """int32 (batch,), see `images`; every row a picture of its own where nothing else is known."""
        if self.images is not None:
            return self.images
        return tf.range(tf.shape(next(iter(self.outputs.values())))[0])


def spatial(output: Any) -> Any:
    """An output with positions: a Dense's (batch, unit) becomes (batch, 1, 1, unit)."""
    return output if len(output.shape) == 4 else output[:, None, None, :]


def ascent_head(model: LoadedModel, size: tuple[int | None, int | None], output: str = "") -> Head:
    """An output of the network, for pictures of a size.

    Raises:
        InvalidSpec: the model has no such output, or pictures of this size do not reach it.
    """
    usual = model.input_size
    heads = model_heads(model, (size[0] or usual[0], size[1] or usual[1]))
    if heads:
        return head_named(model, heads, output)
    raise InvalidSpec(
        message("a model whose output is reached by pictures of this size", f"{model.title}, size {size}",
                "Choose the model's own picture size.")
    )  # fmt: skip


def watch(
    network: keras.Model,
    whole: Sequence[str],
    chosen: Sequence[tuple[str, str]],
    pictures: Any,
    numbers: Numbers,
    images: Any = None,
    head: Head | None = None,
) -> LayerOutputs:
    """Run a network as far as needed and keep what an objective asks for. Differentiable, for use in a tf.function.

    Args:
        network: any model.
        whole: paths of layers whose whole output is wanted; LOGITS, PROBABILITIES among them for the head's.
        chosen: (path, name of a number): layers of which one channel a picture is enough.
        pictures: float32 (batch, height, width, channel), preprocessed.
        numbers, images: see Seen.
        head: from ascent_head(); needed for LOGITS and PROBABILITIES alone.

    Raises:
        UnknownLayer: as layer_outputs().
    """
    paths = list(dict.fromkeys([*(p for p in whole if p not in SAID), *(p for p, _ in chosen)]))
    said: dict[str, Any] = {}
    if head is not None:
        ((logits, probabilities),), every = run_heads(network, [head], pictures, paths)
        said = {LOGITS: logits, PROBABILITIES: probabilities}
        calls = {path: every[path][0] for path in paths}
    else:
        calls = layer_calls(network, paths, pictures)
    outputs = {p: said[p] if p in SAID else calls[p].output for p in whole}
    maps = {
        (path, number): chosen_maps(find_layer(network, path), calls[path], numbers[number]) for path, number in chosen
    }
    return LayerOutputs(outputs, numbers, images, maps)
