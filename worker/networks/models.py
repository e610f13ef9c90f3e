"""Load models and keep a few of them warm."""

import logging
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.src.utils import naming

from shared.errors import DoesNotFit, InvalidSpec, NotFinite, RefusedUpload, UnknownModel, WeightsUnavailable, message
from shared.imagenet import imagenet_names
from shared.library import FileStore, Library, ModelCard
from shared.library.architectures import ARCHITECTURES
from shared.library.bundled import STAND_IN
from shared.library.model_card import bundled_title
from shared.library.preprocessing import read_preprocessing
from shared.settings import keras_home
from shared.uploads.models import ModelFile, check_model
from worker.networks.capture import find_layer
from worker.networks.fused_kernels import keep_slopes
from worker.networks.input_range import range_of
from worker.networks.keras_errors import reason_of
from worker.networks.labels import check_labels, has_published_head
from worker.networks.load_limits import under_limits
from worker.networks.nasnet import padding_for_any_size
from worker.networks.old.models import open_old_model
from worker.networks.own_modules import bring_own_classes, with_input
from worker.networks.quantized import as_float32
from worker.networks.repaired_file import as_keras_expects, under_suffix, weights_suffix
from worker.networks.separate_weights import taken_whole
from worker.networks.single_input import with_one_input
from worker.networks.tracing import Value, trace_once
from worker.networks.translated import open_translated
from worker.networks.turned_round import turned_round

log = logging.getLogger(__name__)
_AGAIN = "Save it again with this Keras release, or add its weights to an architecture."
_HDF5 = "An HDF5 file does not keep operations of keras.ops as they were: save the network as .keras where its code is."


@dataclass(frozen=True)
class LoadedModel:
    """A model that is ready, and what is known of it.

    Attributes:
        network: the Keras model, float32 weights.
        card: what the reference stands for.
        preprocess: how pictures go in.
        weights: "imagenet", "random" or "file".
        title: for people.
        labels: class names; () where unknown.
        upgraded_from: what the file was rewritten from: "Keras 2.1.6", "ONNX (pytorch 2.9.0)"; "" for Keras 3.
        inputs: how many the file's network has; the same picture is shown at each.
        assumed: whether `preprocess` is only the likeliest way, for neither a card nor the numbers inside tell.
        compiled: what analyses traced for it and want to find again, by family; it goes when the model goes.
    """

    network: keras.Model
    card: ModelCard
    preprocess: str
    weights: str
    title: str
    labels: tuple[str, ...] = ()
    upgraded_from: str = ""
    inputs: int = 1
    assumed: bool = False
    compiled: dict[str, OrderedDict[Any, Any]] = field(default_factory=dict, repr=False, compare=False)

    def trace_once(self, family: str, key: Hashable, make: Callable[[], Value], most: int) -> Value:
        """What was traced for this model under a key, or is made now; of a family so many stay."""
        return trace_once(self.compiled.setdefault(family, OrderedDict()), key, make, most)

    @property
    def sees_bgr(self) -> bool:
        """Whether blue comes first in what the network is given."""
        return read_preprocessing(self.preprocess).bgr

    @property
    def input_channels(self) -> int:
        """Channels of the pictures it takes: 1 or 3, sometimes another number."""
        return int(self.network.inputs[0].shape[-1])

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width it was made for; the architecture's own where it takes any."""
        _, height, width, _ = self.network.inputs[0].shape
        known = ARCHITECTURES.get(self.card.architecture)
        usual = known.size if known else 128
        return int(height or usual), int(width or usual)

    @property
    def bytes(self) -> int:
        """Bytes of its weights."""
        return 4 * int(self.network.count_params())


class WarmModels:
    """Models by reference, the least recently used dropped when their weights exceed the memory bound."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._warm: OrderedDict[tuple[str, bool], LoadedModel] = OrderedDict()

    def load(self, reference: str, head: bool = True) -> LoadedModel:
        """A model, from the warm ones or from its weights.

        Args:
            reference: keras/... or sha256:...
            head: whether the classification head is needed. Without it an architecture takes pictures of any
                size and needs the smaller weights file.

        Raises:
            UnknownModel, WeightsUnavailable, RefusedUpload, DoesNotFit: see their names.
        """
        card = self._library.models.card(reference)
        slot = (card.reference, head or not card.architecture)
        if slot not in self._warm:
            self._make_room()
            self._warm[slot] = with_finite_weights(self._build(card, head))
            keep_slopes(self._warm[slot].network)
        self._warm.move_to_end(slot)
        self._drop_excess()
        return self._warm[slot]

    def assumed_scales(self, request: str) -> dict[str, str]:
        """How pictures go into those warm models that a request names, where that is only the likeliest way."""
        return {name: one.preprocess for (name, _), one in self._warm.items() if one.assumed and name in request}

    def titles(self) -> tuple[str, ...]:
        """Titles of the warm models, each once: a network with and without its head counts as one here."""
        return tuple(dict.fromkeys(m.title for m in self._warm.values()))

    def drop(self, model: LoadedModel) -> None:
        """Forget a model that cannot be used any more."""
        self._warm = OrderedDict((k, m) for k, m in self._warm.items() if m is not model)

    def _make_room(self) -> None:
        if sum(m.bytes for m in self._warm.values()) > self._library.settings.model_memory // 2 and self._warm:
            self._warm.popitem(last=False)

    def _drop_excess(self) -> None:
        while len(self._warm) > 1 and sum(m.bytes for m in self._warm.values()) > self._library.settings.model_memory:
            self._warm.popitem(last=False)

    def _build(self, card: ModelCard, head: bool) -> LoadedModel:
        if card.architecture:
            return _build_architecture(card, head, self._library.files)
        return self._load_file(card)

    @under_limits()
    def _load_file(self, card: ModelCard) -> LoadedModel:
        network, found = self.plain_network(card)
        inputs = len(network.inputs or ())
        network = with_one_input(as_float32(turned_round(network) if found.channels_first else network))
        _check_input(network)
        check_labels(card, network)
        how = range_of(network, card.preprocess)
        labels = card.labels or (imagenet_names() if has_published_head(network) else ())
        known = (labels, found.source, inputs, how.assumed)
        return LoadedModel(network, card, how.preprocess, "file", bundled_title(card.reference) or network.name, *known)

    def plain_network(self, card: ModelCard) -> tuple[keras.Model, ModelFile]:
        """A file's network as Keras opens it, each time anew, and what the file says of it."""
        path = self._library.files.local_path(card.file)
        trusted = self._library.models.trusted(card.file)
        found = check_model(path, self._library.settings, trusted)
        with under_limits(), as_keras_expects(path, found) as named:
            if found.own:
                bring_own_classes(found.own, self._library.settings.own_modules, trusted)
            with taken_whole(named, found) as taken:
                taken.append(open_file(named, found, trusted))
            return with_input(taken[0]), found


def with_finite_weights(model: LoadedModel) -> LoadedModel:
    """A model whose weights are all finite: a ReLU turns NaN into zero, which would look like a dead channel."""
    for weight in model.network.weights:
        if weight.dtype.startswith("float") and not np.isfinite(np.asarray(weight)).all():
            raise NotFinite(
                f"Expected finite weights. Received NaN or infinity in {weight.path} of {model.title}. Train or export "
                "the model again."
            )
    return model


def open_file(path: Path, found: ModelFile, trusted: bool = False) -> keras.Model:
    """The network of a checked file, whatever wrote it, as it is there."""
    if found.translation:
        return open_translated(found.translation)
    return open_old_model(path, found, found.upgraded) if found.upgraded else _load_or_explain(path, trusted)


def _load_or_explain(path: Path, trusted: bool) -> keras.Model:
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=not trusted)
    except (MemoryError, DoesNotFit):
        raise DoesNotFit("Expected a model that fits this machine's memory. Choose a smaller one.") from None
    except Exception as error:  # Keras raises nearly every type here, and all mean the same to the person
        raise UnknownModel(
            f"Expected a model file that Keras {keras.__version__} can load. Received one that it refuses: "
            f"{reason_of(error)}. {_HDF5 if path.suffix == '.h5' else _AGAIN}"
        ) from error


def _check_input(network: keras.Model) -> None:
    inputs = getattr(network, "inputs", None) or []
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        shapes = [tuple(i.shape) for i in inputs]
        raise UnknownModel(
            message("a model with one picture input (height, width, channel)", shapes, "Choose another model.")
        )


def _build_architecture(card: ModelCard, head: bool, files: FileStore) -> LoadedModel:
    known = ARCHITECTURES[card.architecture]
    if card.weights in ("imagenet", "random"):
        network = _from_applications(card, head)
        weights = card.weights
    else:
        network = _with_weights_file(card, files)
        weights = "file"
    if _has_imagenet_head(network):
        check_labels(card, network)
    labels = card.labels or (imagenet_names() if weights != "random" and _has_imagenet_head(network) else ())
    return LoadedModel(network, card, known.preprocess, weights, known.function, labels)


def _applications(card: ModelCard, head: bool, weights: str | None) -> keras.Model:
    # The same "random" network on every machine and in every process: its reference is part of keys.
    keras.utils.set_random_seed(0)
    # And the same layer names, which are part of keys too: Keras counts "conv2d_17" on through a process's life, so
    # InceptionV3's layers would be called otherwise after another model was built.
    naming.reset_uids()
    known = ARCHITECTURES[card.architecture]
    function = getattr(keras.applications, known.function)
    if head:
        return function(weights=weights, include_top=True)
    if card.architecture.startswith("nasnet"):
        side = ARCHITECTURES[card.architecture].size
        return padding_for_any_size(function(weights=weights, include_top=False, input_shape=(side, side, 3)))
    return function(weights=weights, include_top=False, input_shape=(None, None, 3))


def _from_applications(card: ModelCard, head: bool) -> keras.Model:
    if card.weights == "random":
        return _applications(card, head, None)
    try:
        return _applications(card, head, "imagenet")
    except Exception as error:  # get_file raises a bare Exception
        if "URL fetch failure" not in str(error):
            raise
        url = next((w for w in str(error).split() if w.startswith("http")), "").rstrip(":")
        raise WeightsUnavailable(
            f"This server has no ImageNet weights for {ARCHITECTURES[card.architecture].function} and cannot download "
            f"them. Add them under Models, as weights for an architecture (in a terminal: `convscope models add keras/"
            f"{card.architecture} FILE --name NAME`, or put {url.rsplit('/', 1)[-1]} into {keras_home() / 'models'}), "
            f"or use {STAND_IN}, which is bundled, or keras/{card.architecture}/random, which has learned nothing."
        ) from error


def _with_weights_file(card: ModelCard, files: FileStore) -> keras.Model:
    path = files.local_path(card.weights)
    problems = []
    # A file may hold the whole network or all but the head: it says so only by whether it fits.
    for head in (False,) if card.until else (True, False):
        network = _truncated(_applications(card, head, None), card.until)
        try:
            with under_suffix(path, weights_suffix(path)) as named, warnings.catch_warnings():
                # Keras only warns that layers keep their random values, which would be shown as learned ones.
                warnings.simplefilter("error", UserWarning)
                network.load_weights(named)
            return network
        except (ValueError, KeyError, OSError, UserWarning) as error:
            problems.append(str(error).strip().splitlines()[0][:200])
    raise RefusedUpload(
        f"Expected weights that fit {card.architecture}{' up to ' + card.until if card.until else ''}. Received a "
        f"file that does not: {problems[0]} If it holds only the first blocks, name the last of its layers "
        "(in a terminal: `--until`)."
    )


def _truncated(network: keras.Model, until: str) -> keras.Model:
    if not until:
        return network
    try:
        return keras.Model(network.input, find_layer(network, until).output, name=network.name)
    except AttributeError:
        advice = "Name one of its layers, or none (in a terminal: `--until`)."
        raise InvalidSpec(message("a layer that the weights reach", until, advice)) from None


def _has_imagenet_head(network: keras.Model) -> bool:
    return tuple(network.output.shape[1:]) == (1000,)
