"""`evaluate_model`: a network's answers to every picture of a split, and what they come to.

Calibration: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.analyses.evaluate_model.metrics import all_metrics
from shared.analyses.evaluate_model.parts import ANSWERS, AnswerArrays, AnswerFacts, HeadFacts
from shared.analyses.evaluate_model.spec import EvaluateModel
from shared.errors import InvalidSpec, message
from shared.images.resizing import rule_of
from shared.library import Dataset
from shared.part_sources import Series
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.analyses.evaluate_model.classifier import Classifier, classifier
from worker.analyses.evaluate_model.masks import mask_predictions
from worker.analyses.evaluate_model.numbers import number_predictions
from worker.analyses.evaluate_model.sharded_predictions import ShardedPredictions, part_name, shards_of
from worker.networks.match_classes import MatchedClasses, answer_names, match_classes
from worker.pictures.datasets import PictureFeed
from worker.pictures.targets import column_of, fitting_output


def evaluate_model(spec: EvaluateModel, context: RunContext) -> Iterator[Part | Progress]:
    """Show a split to a network, in shards of pictures.

    Yields:
        Parts as shared.analyses.evaluate_model.parts describes them.

    Raises:
        UnknownModel, UnknownDataset: no such model or data set.
        InvalidSpec: no such split, a model without a head, or one that answers for other classes.
        NotFinite: the answers are no numbers.
    """
    begun = time.perf_counter()
    dataset = context.dataset(spec.dataset)
    dataset.card.rows(spec.split)  # refused before a model is loaded for nothing
    model = yield from yielding(lambda: context.models.load(spec.model), "loading the model")
    output = fitting_output(model, dataset.card, spec.model_output)
    network = classifier(model, spec.size, spec.precision, output)
    feed = PictureFeed(dataset, spec.split, network.size, channels=model.input_channels, batch=spec.batch,
                       resize=rule_of(spec.resize, model.card.resize), how=model.preprocess)  # fmt: skip
    context.pictures_in[spec.dataset] = feed.words
    answers = _ANSWERS[dataset.card.kind](network, dataset, feed, model.title)
    metrics = {"pictures": sum(map(len, answers.shards))}
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision, "metrics": metrics}
    yield from yielding(network.trace, Progress("compiling", total=len(answers.shards), facts=facts))
    loaded = time.perf_counter()
    parts: dict[int, Part] = {}
    for index in context.parts(Series(len(answers.shards), summary=True)):
        for item in answers.answer(index):
            if isinstance(item, Part):
                parts[index] = item
            yield item
    timings = {"load_seconds": loaded - begun, "answer_seconds": time.perf_counter() - loaded}
    yield Progress("computing the metrics", facts={"timings": {name: round(v, 3) for name, v in timings.items()}})
    others = {i: part for i in range(len(answers.shards)) if i not in parts and (part := context.stored(i))}
    if len(parts) + len(others) == len(answers.shards):
        yield Progress("done", facts={"metrics": all_metrics((parts | others).values())})


def class_predictions(network: Classifier, dataset: Dataset, feed: PictureFeed, title: str) -> ShardedPredictions:
    """What makes the parts of a data set of classes; of one with several columns that of the output's name.

    Raises:
        InvalidSpec: the network gives no classes, or others.
    """
    head = network.head
    if head.ending == "number" or head.mask:
        given = "a mask" if head.mask else "numbers"
        raise InvalidSpec(
            message("a network that gives classes, for a data set of classes", f"{title}, whose output gives {given}",
                    f"Choose another network, another `output`, or a data set of {given.removeprefix('a ')}.")
        )  # fmt: skip
    classes, labels = column_of(dataset, feed, head.name)
    names = answer_names(head.labels, head.count, head.ending == "binary")
    matched = match_classes(classes, names, head.count, title)
    asked = _Asked(network, matched, feed, labels, _facts(network, matched, classes, names), names, classes)
    return ShardedPredictions(network, feed, _shards(asked), asked.part)


_ANSWERS = {"classes": class_predictions, "numbers": number_predictions, "masks": mask_predictions}


def _shards(asked: "_Asked") -> list[np.ndarray]:
    """Places in the split of each part's pictures.

    Raises:
        InvalidSpec: no picture is of a class that the network knows.
    """
    places = np.flatnonzero(np.isin(asked.labels, asked.matched.kept))
    if not len(places):
        kept = ", ".join(asked.classes[i] for i in asked.matched.kept)
        raise InvalidSpec(message(f"pictures of {kept}", "none in this split", "Choose another split."))
    return shards_of(places)


def _facts(network: Classifier, matched: MatchedClasses, classes: tuple[str, ...], names: tuple[str, ...]) -> HeadFacts:
    return {
        "classes": [classes[i] for i in matched.kept],
        "columns": list(matched.columns),
        "called": [names[i] for i in matched.columns] if names else [],
        "others": network.head.count > len(matched.columns),
        "matched": matched.by,
        "left_out": [name for i, name in enumerate(classes) if i not in matched.kept],
        "ending": network.head.ending,
        "height": network.size[0],
        "width": network.size[1],
    }


@dataclass
class _Asked:
    """Answers of classes, made into parts."""

    network: Classifier
    matched: MatchedClasses
    feed: PictureFeed
    labels: np.ndarray
    facts: HeadFacts
    names: tuple[str, ...]
    classes: tuple[str, ...]

    def part(self, index: int, places: np.ndarray, probabilities: np.ndarray) -> Part:
        """A part of its pictures' probabilities."""
        arrays = self._arrays(probabilities, places)
        others = arrays["answers"][arrays["predicted"] == len(self.matched.columns)]
        named = {str(n): self.names[n] for n in sorted(set(others.tolist())) if n < len(self.names)}
        facts: AnswerFacts = {**self.facts, "named": named}
        return ANSWERS.part(index, part_name(index, places), arrays=arrays, facts=facts)

    def _arrays(self, probabilities: np.ndarray, places: np.ndarray) -> AnswerArrays:
        """As a part holds them, from probabilities of all answers."""
        columns = np.array(self.matched.columns)
        answers = probabilities.argmax(1).astype(np.int32)
        of_answer = np.full(self.network.head.count, len(columns), np.int32)
        of_answer[columns] = np.arange(len(columns))
        of_class = np.zeros(len(self.classes), np.int32)
        of_class[list(self.matched.kept)] = np.arange(len(columns))
        return {
            "probabilities": np.ascontiguousarray(probabilities[:, columns], np.float32),
            "labels": of_class[self.labels[places]],
            "predicted": of_answer[answers],
            "answers": answers,
            "confidence": probabilities.max(1).astype(np.float32),
            "pictures": np.array([self.feed.rows[i] for i in places], np.int32),
        }
