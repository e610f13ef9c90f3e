"""`concepts`: what a class is made of at a layer, how much the network rests on each part, and which may be a shortcut.

Fel et al., "CRAFT: Concept Recursive Activation FacTorization for Explainability", CVPR 2023
(https://arxiv.org/abs/2211.10154).
"""

from collections.abc import Generator, Iterator

import numpy as np

from shared.analyses.concepts.parts import (
    BANK,
    CONCEPT,
    BankArrays,
    BankFacts,
    ConceptArrays,
    ConceptFacts,
    ConceptPictures,
    ObservedFacts,
)
from shared.analyses.concepts.spec import Concepts
from shared.errors import ConvscopeError, InvalidSpec, choices, message
from shared.images.resizing import rule_of
from shared.library import Dataset
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding, yielding_from
from worker.analyses.concepts.passes import LEAST, ConceptPasses
from worker.analyses.concepts.pictures import concept_image, crop_sheet, place_sheet, strongest_crops
from worker.analyses.concepts.regions import constancy, distance_from_middle
from worker.analyses.context import RunContext
from worker.ascent.layer_channels import full_path
from worker.attribution.task import CARD_SHARE, CPU_MEMORY, bytes_a_picture
from worker.networks.cut import CutNetwork, cut_network
from worker.networks.heads import head_named, heads_of
from worker.networks.layer_trace import trace_layers
from worker.networks.models import LoadedModel
from worker.pictures.datasets import PictureFeed
from worker.pictures.judge import Judge, judge_of
from worker.pictures.targets import fitting_output

LARGEST_BATCH = 64
# What every picture's coefficients may take.
MAP_BYTES = 512 * 1024**2
# What the pictures may take, two bytes a value.
PICTURE_BYTES = 2 * 1024**3


def concepts(spec: Concepts, context: RunContext) -> Iterator[Part | Progress]:
    """Find the concepts of a class, and judge each.

    Yields:
        Parts as shared.analyses.concepts.parts describes them: the bank, then the concepts.

    Raises:
        UnknownModel, UnknownDataset, UnknownLayer: see their names.
        InvalidSpec: no such split or class, too few pictures, a data set of numbers, a network without a head or with
            one of other classes, a layer that has no maps, runs several times or that nothing leads from to the output.
        NotFinite: the logits are no numbers.
    """
    dataset = context.dataset(spec.dataset)
    _check_dataset(spec, dataset)  # refused before a model is loaded for nothing
    model = yield from yielding(lambda: context.models.load(spec.model), "loading the model")
    passes = yield from yielding(lambda: _prepared(spec, model, dataset, context.device_memory), "compiling")
    context.pictures_in[spec.dataset] = passes.feed.words
    metrics = {"pictures": len(passes.places), "concepts": spec.concepts}
    facts = {"model": model.title, "weights": model.weights, "precision": "float32", "metrics": metrics}
    yield Progress("looking at pictures", total=spec.concepts + 1, facts=facts)
    yield from yielding_from(passes.prepare(), "running the pictures")
    bank = context.stored(0) if 0 in context.finished else None
    for index in context.parts(Series(spec.concepts + 1)):
        if index == 0:
            bank = yield from yielding_from(passes.make_bank(), "finding concepts")
            yield bank
            continue
        if bank is None:
            raise ConvscopeError("Expected the concept bank of this run. The cache has let it go. Retry.")
        yield (yield from yielding_from(_concept(passes, bank, index - 1, model, context), f"concept {index}"))


def _concept(
    passes: ConceptPasses, bank: Part, number: int, model: LoadedModel, context: RunContext
) -> Generator[Progress, None, Part]:
    """A concept's part: its crops, where it stands, what it does."""
    arrays = BANK.read_arrays(bank)
    if not len(passes.maps):  # an attempt that resumes
        yield from passes.use_bank(np.asarray(arrays["bank"]))
    least = float(arrays["threshold"][number])
    logit, accuracy = yield from passes.ablated(number)
    evidence = yield from passes.evidence(number, least)
    crops = yield from strongest_crops(passes, number)
    maps = passes.maps[..., number]
    has = maps.max((1, 2)) > least
    where = maps[has & passes.own].mean(0) if (has & passes.own).any() else maps[: passes.own_count].mean(0)
    holes = passes.holes(number, least)
    facts: ConceptFacts = {
        "concept": number, "share": float(has[passes.own].mean()), "others_share": float(has[~passes.own].mean()),
        "area": float(holes.mean()) if len(holes) else 0.0, "middle": distance_from_middle(where),
        "constancy": constancy(where), "outside": passes.outside(number),
        "ablated_logit": logit, "ablated_accuracy": accuracy, **_observed(arrays, has, passes.own),
        "loses": evidence.loses, "loses_else": evidence.loses_else, "draws": evidence.draws,
        "draws_else": evidence.draws_else, "without": evidence.without, "exchanged": evidence.exchanged,
        "drawn": evidence.drawn,
    }  # fmt: skip
    pictures: ConceptPictures = {"crops": crop_sheet(passes, crops), "places": place_sheet(passes, number, crops)}
    image = yield from concept_image(passes, number, model, context)
    if image is not None:
        pictures["image"] = image
    shown: ConceptArrays = {
        "where": where.astype(np.float32), "best": np.array([passes.feed.rows[passes.places[row]] for row, _ in crops],
                                                            np.int32),
        "box": np.array([box for _, box in crops], np.int32).reshape(-1, 4),
    }  # fmt: skip
    return CONCEPT.part(number + 1, f"concept {number + 1}", pictures=pictures, arrays=shown, facts=facts)


def _observed(arrays: BankArrays, has: np.ndarray, own: np.ndarray) -> ObservedFacts:
    """Accuracy where the concept says what is right, and where it says what is wrong, as pictures happen to be."""
    score = arrays["score"]

    def both(first: np.ndarray, second: np.ndarray) -> float | None:
        few = first.sum() < LEAST or second.sum() < LEAST
        return None if few else float((score[first].mean() + score[second].mean()) / 2)

    return {
        "with_it": both(own & has, ~own & ~has), "against": both(own & ~has, ~own & has),
        "against_pictures": int((own & ~has).sum() + (~own & has).sum()),
    }  # fmt: skip


def _check_dataset(spec: Concepts, dataset: Dataset) -> None:
    dataset.card.rows(spec.split)
    if dataset.card.kind == "numbers":
        raise InvalidSpec(message("a data set of classes or masks", "one of numbers", "Choose another data set."))


def _prepared(spec: Concepts, model: LoadedModel, dataset: Dataset, memory: int) -> ConceptPasses:
    size = (spec.size, spec.size) if spec.size else model.input_size
    trace = trace_layers(model.network, size)
    if trace.refused is not None:
        right = f"{model.input_size[0]} × {model.input_size[1]}"
        raise InvalidSpec(
            message(f"pictures of {right} pixels, the size that {model.title} was made for",
                    f"{size[0]} × {size[1]} pixels, which {trace.refused[0]} refuses",
                    "Leave `size` at 0, or choose another one.")
        )  # fmt: skip
    head = head_named(model, heads_of(model, trace), fitting_output(model, dataset.card, spec.model_output))
    path = full_path(model.network, spec.layer)
    batch = max(1, min(LARGEST_BATCH, (int(memory * CARD_SHARE) or CPU_MEMORY) // bytes_a_picture(trace.layers)))
    feed = PictureFeed(dataset, spec.split, size, channels=model.input_channels, batch=batch,
                       resize=rule_of(spec.resize, model.card.resize), how=model.preprocess)  # fmt: skip
    judge = judge_of(head, dataset, feed, model.title)
    number = _class(spec, judge)
    own, others = drawn(judge, number, spec.images, spec.seed)
    _check_pictures(spec, judge.classes[number], len(own), len(others))
    if 2 * size[0] * size[1] * model.input_channels * (len(own) + len(others)) > PICTURE_BYTES:
        raise InvalidSpec(
            message(f"pictures that take at most {PICTURE_BYTES >> 30} GB",
                    f"{len(own) + len(others):,} of {size[0]} × {size[1]} pixels", "Choose fewer `images`.")
        )  # fmt: skip
    cut = cut_network(model, head, path, size)
    high, wide = _map_size(cut, path, spec, len(own) + len(others))
    facts: BankFacts = {
        "class_name": judge.classes[number], "classes": judge.classes, "output": head.name, "ending": head.ending,
        "path": path, "channels": cut.channels, "height": high, "width": wide, "negative": 0.0, "error": 0.0,
        "crop": [], "crops": 0, "pictures": len(own), "others": len(others), "accuracy": 0.0, "own_accuracy": 0.0,
    }  # fmt: skip
    return ConceptPasses(spec, dataset, cut, feed, judge, number, np.concatenate([own, others]), len(own), facts, batch)


def _class(spec: Concepts, judge: Judge) -> int:
    if not spec.class_name:
        return 0
    if spec.class_name not in judge.classes:
        raise InvalidSpec(
            message("`class_name` to be a class that the data set and the network know", spec.class_name,
                    choices(spec.class_name, judge.classes))
        )  # fmt: skip
    return judge.classes.index(spec.class_name)


def drawn(judge: Judge, number: int, images: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places in the split of a class's own pictures, and of as many others, drawn by chance; 0 images: all."""
    chance = np.random.default_rng(seed)
    own = chance.permutation(np.flatnonzero(judge.own[:, number]))
    others = chance.permutation(np.flatnonzero(judge.known & ~judge.own[:, number]))
    own = own[: images or len(own)]
    return own, others[: len(own)]


def _check_pictures(spec: Concepts, name: str, own: int, others: int) -> None:
    if own < max(spec.concepts, 2):
        raise InvalidSpec(
            message(f"at least {spec.concepts} pictures of {name} for {spec.concepts} concepts",
                    f"{own or 'none'} in the split {spec.split}",
                    "Choose fewer `concepts`, another class or split, or more `images`.")
        )  # fmt: skip
    if others < 2:
        raise InvalidSpec(
            message(f"at least two pictures of other classes than {name}", f"{others or 'none'} in the split "
                    f"{spec.split}", "Choose another split or data set.")
        )  # fmt: skip


def _map_size(cut: CutNetwork, path: str, spec: Concepts, pictures: int) -> tuple[int, int]:
    shape = cut.shapes[0]
    if len(shape) != 3 or not all(shape):
        raise InvalidSpec(
            message("a layer whose output has a height and a width", f"{path}, which gives {shape}",
                    "Choose a convolution, an activation or a pooling layer.")
        )  # fmt: skip
    if len(cut.shapes) > 1:
        raise InvalidSpec(
            message("a layer that runs once for a picture", f"{path}, which runs {len(cut.shapes)} times",
                    "Choose another layer.")
        )  # fmt: skip
    if cut.channels < spec.concepts:
        raise InvalidSpec(
            message(f"a layer with at least {spec.concepts} channels for {spec.concepts} concepts",
                    f"{path} with {cut.channels} channels", "Choose fewer `concepts`, or another layer.")
        )  # fmt: skip
    if 4 * shape[0] * shape[1] * spec.concepts * pictures > MAP_BYTES:
        raise InvalidSpec(
            message(f"maps of {spec.concepts} concepts for {pictures:,} pictures in {MAP_BYTES >> 20} MB",
                    f"maps of {shape[0]} × {shape[1]} at {path}", "Choose a later layer, or fewer `images`.")
        )  # fmt: skip
    return shape[0], shape[1]
