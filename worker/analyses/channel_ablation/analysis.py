"""`channel_ablation`: switch the channels of a layer off, one after the other, and ask what the network loses.

Zhou et al., "Revisiting the Importance of Individual Units in CNNs via Ablation", 2018; Morcos et al., "On the
importance of single directions for generalization", ICLR 2018; Bau et al., "Understanding the role of individual units
in a deep neural network", PNAS 2020.
"""

from collections.abc import Iterator

import numpy as np

from shared.analyses.channel_ablation.numbers import groups_of
from shared.analyses.channel_ablation.parts import AblationFacts
from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.errors import InvalidSpec, message
from shared.images.resizing import rule_of
from shared.library import Dataset
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding, yielding_from
from worker.analyses.channel_ablation.passes import AblationPasses
from worker.analyses.channel_ablation.sample import Sample, batch_size, drawn_places
from worker.analyses.context import RunContext
from worker.ascent.layer_channels import full_path
from worker.attribution.task import CARD_SHARE, CPU_MEMORY, bytes_a_picture
from worker.networks.cut import CutNetwork, cut_network
from worker.networks.heads import Head, head_named, heads_of
from worker.networks.layer_trace import Trace, trace_layers
from worker.networks.models import LoadedModel
from worker.pictures.datasets import PictureFeed
from worker.pictures.judge import judge_of
from worker.pictures.targets import fitting_output

LARGEST_BATCH = 64


def channel_ablation(spec: ChannelAblation, context: RunContext) -> Iterator[Part | Progress]:
    """Switch channels off for the pictures of a split.

    Yields:
        Parts as shared.analyses.channel_ablation.parts describes them: estimates, groups of channels, curves.

    Raises:
        UnknownModel, UnknownDataset, UnknownLayer: see their names.
        InvalidSpec: no such split or channel, a network without a head or with one of other classes, a layer that
            nothing leads from to the output.
        NotFinite: the logits are no numbers.
    """
    dataset = context.dataset(spec.dataset)
    dataset.card.rows(spec.split)  # refused before a model is loaded for nothing
    model = yield from yielding(lambda: context.models.load(spec.model), "loading the model")
    passes = yield from yielding(lambda: _prepared(spec, model, dataset, context.device_memory), "compiling")
    context.pictures_in[spec.dataset] = passes.sample.feed.words
    count, pictures = len(passes.channels), len(passes.sample.places)
    groups = groups_of(count, pictures, len(passes.judge.classes))
    metrics = {"pictures": pictures, "channels": count, "accuracy": None}
    facts = {"model": model.title, "weights": model.weights, "precision": "float32", "metrics": metrics}
    yield Progress("looking at pictures", total=len(groups) + 2, facts=facts)
    yield from yielding_from(passes.prepare(), "computing the layer's activations")
    for index in context.parts(Series(len(groups) + 2, closing=True)):
        if index == 0:
            steps = passes.estimates()
        elif index <= len(groups):
            steps = passes.group(index, groups[index - 1])
        else:
            steps = passes.curves(index, [context.stored(i) for i in range(index)])
        yield (yield from yielding_from(steps, "switching channels off"))


def _prepared(spec: ChannelAblation, model: LoadedModel, dataset: Dataset, memory: int) -> AblationPasses:
    size = (spec.size, spec.size) if spec.size else model.input_size
    trace = trace_layers(model.network, size)
    head = _head(spec, model, dataset, trace, size)
    path = full_path(model.network, spec.layer)
    most = min(LARGEST_BATCH, (int(memory * CARD_SHARE) or CPU_MEMORY) // bytes_a_picture(trace.layers))
    pictures = len(dataset.card.rows(spec.split))
    batch = batch_size(most, min(spec.images or pictures, pictures))
    feed = PictureFeed(dataset, spec.split, size, channels=model.input_channels, batch=batch,
                       resize=rule_of(spec.resize, model.card.resize), how=model.preprocess)  # fmt: skip
    judge = judge_of(head, dataset, feed, model.title)
    places = drawn_places(judge.known, spec.images, spec.seed)
    _check_pictures(spec, len(places))
    cut = cut_network(model, head, path, size)
    sample = Sample(cut, feed, places, spec.replace_by, np.zeros(cut.channels, np.float32))
    high, wide = (*cut.shapes[0][:-1], 1, 1)[:2] if len(cut.shapes[0]) == 3 else (1, 1)
    facts: AblationFacts = {
        "classes": judge.classes, "answers": judge.answers, "ending": head.ending, "output": head.name, "path": path,
        "channels": cut.channels, "height": int(high or 0), "width": int(wide or 0), "calls": len(cut.shapes),
        "cut": not cut.whole,
    }  # fmt: skip
    return AblationPasses(sample, judge, _channels(spec, cut, path), facts, spec.draws, spec.seed)


def _head(spec: ChannelAblation, model: LoadedModel, dataset: Dataset, trace: Trace, size: tuple[int, int]) -> Head:
    if trace.refused is not None:
        own = f"{model.input_size[0]} × {model.input_size[1]}"
        raise InvalidSpec(
            message(f"pictures of {own} pixels, the size that {model.title} was made for",
                    f"{size[0]} × {size[1]} pixels, which {trace.refused[0]} refuses",
                    "Leave `size` at 0, or choose another one.")
        )  # fmt: skip
    return head_named(model, heads_of(model, trace), fitting_output(model, dataset.card, spec.model_output))


def _channels(spec: ChannelAblation, cut: CutNetwork, path: str) -> np.ndarray:
    beyond = [c for c in spec.channels if c >= cut.channels]
    if beyond:
        raise InvalidSpec(
            message(f"`channels` below {cut.channels}, the channels of {path}", beyond[:5], "Change `channels`.")
        )
    return np.array(spec.channels or range(cut.channels), np.int32)


def _check_pictures(spec: ChannelAblation, there: int) -> None:
    if there < 2:
        raise InvalidSpec(
            message("at least two pictures of classes that the network knows",
                    f"{there or 'none'} in the split {spec.split}", "Choose another split or more `images`.")
        )  # fmt: skip
