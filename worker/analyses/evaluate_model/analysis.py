"""`evaluate_model`: a network's answers to every picture of a split, and what they come to.

Calibration: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared.analyses.evaluate_model.numbers import evaluation_of, metrics
from shared.analyses.evaluate_model.parts import ANSWERS, AnswerArrays, AnswerFacts, HeadFacts
from shared.analyses.evaluate_model.spec import SHARD, EvaluateModel
from shared.errors import InvalidSpec, message
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.context import RunContext
from worker.analyses.evaluate_model.classifier import Classifier, classifier
from worker.analyses.evaluate_model.match_classes import MatchedClasses, answer_names, match_classes
from worker.pictures.datasets import PictureFeed


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
    network = classifier(model, spec.size, spec.precision, spec.output)
    if network.head.mask or network.head.ending == "number":
        given = "a mask" if network.head.mask else "numbers"
        raise InvalidSpec(
            message("a network that gives classes, for a data set of classes",
                    f"{model.title}, whose output gives {given}",
                    "Choose another network, or another `output`.")
        )  # fmt: skip
    names = answer_names(network.head.labels, network.head.count, network.head.ending == "binary")
    matched = match_classes(dataset.card.classes, names, network.head.count, model.title)
    feed = PictureFeed(dataset, spec.split, network.size, channels=model.input_channels, batch=spec.batch,
                       resize=spec.resize)  # fmt: skip
    shards = _shards(feed, matched)
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision}
    yield from yielding(network.trace, Progress("compiling", total=len(shards), facts=facts))
    loaded = time.perf_counter()
    shared_facts = _facts(network, matched, dataset.card.classes, names)
    run = _Answering(network, matched, feed, shards, shared_facts, names)
    parts = {i: part for i in context.finished if (part := context.stored(i)) is not None}
    for item in run.parts([i for i in range(len(shards)) if i not in parts]):
        if isinstance(item, Part):
            parts[item.index] = item
        yield item
    timings = {"load_seconds": loaded - begun, "answer_seconds": time.perf_counter() - loaded}
    found = evaluation_of(parts.values())
    assert found is not None
    said = {"metrics": metrics(found), "timings": {name: round(value, 3) for name, value in timings.items()}}
    yield Progress("counting", facts=said)


def _shards(feed: PictureFeed, matched: MatchedClasses) -> list[np.ndarray]:
    """Places in the split of each part's pictures.

    Raises:
        InvalidSpec: no picture is of a class that the network knows.
    """
    places = np.flatnonzero(np.isin(feed.labels, matched.kept))
    if not len(places):
        kept = ", ".join(feed.classes[i] for i in matched.kept)
        raise InvalidSpec(message(f"pictures of {kept}", "none in this split", "Choose another split."))
    return [places[start : start + SHARD] for start in range(0, len(places), SHARD)]


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
class _Answering:
    """The pictures' way through the network, cut into parts as they come out."""

    network: Classifier
    matched: MatchedClasses
    feed: PictureFeed
    shards: list[np.ndarray]
    facts: HeadFacts
    names: tuple[str, ...]
    waiting: list[np.ndarray] = field(default_factory=list)

    def parts(self, indices: list[int]) -> Iterator[Part | Progress]:
        """Parts of these numbers, and progress between them."""
        if not indices:
            return
        missing = sum(len(self.shards[i]) for i in indices)
        everything = sum(map(len, self.shards))
        batches = iter(self.feed.some(np.concatenate([self.shards[i] for i in indices])))
        done, left = 0, list(indices)
        while left:
            said = f"{everything - missing + done:,} of {everything:,} pictures"
            share = (everything - missing + done) / everything
            probabilities = yield from yielding(self._next(batches), Progress(said, fraction=share))
            done += len(probabilities)
            self.waiting.append(probabilities)
            while left and sum(map(len, self.waiting)) >= len(self.shards[left[0]]):
                yield self._part(left.pop(0))

    def _next(self, batches: Iterator[Any]) -> Callable[[], np.ndarray]:
        return lambda: self.network.predictions(next(batches)[0])

    def _part(self, index: int) -> Part:
        places = self.shards[index]
        probabilities = np.concatenate(self.waiting)
        probabilities, self.waiting = probabilities[: len(places)], [probabilities[len(places) :]]
        arrays = self._arrays(probabilities, places)
        others = arrays["answers"][arrays["predicted"] == len(self.matched.columns)]
        named = {str(n): self.names[n] for n in sorted(set(others.tolist())) if n < len(self.names)}
        first = index * SHARD
        facts: AnswerFacts = {**self.facts, "named": named}
        return ANSWERS.part(index, f"pictures {first + 1}–{first + len(places)}", arrays=arrays, facts=facts)

    def _arrays(self, probabilities: np.ndarray, places: np.ndarray) -> AnswerArrays:
        """As a part holds them, from probabilities of all answers."""
        columns = np.array(self.matched.columns)
        answers = probabilities.argmax(1).astype(np.int32)
        of_answer = np.full(self.network.head.count, len(columns), np.int32)
        of_answer[columns] = np.arange(len(columns))
        of_class = np.zeros(len(self.feed.classes), np.int32)
        of_class[list(self.matched.kept)] = np.arange(len(columns))
        return {
            "probabilities": np.ascontiguousarray(probabilities[:, columns], np.float32),
            "labels": of_class[self.feed.labels[places]],
            "predicted": of_answer[answers],
            "answers": answers,
            "confidence": probabilities.max(1).astype(np.float32),
            "pictures": np.array([self.feed.rows[i] for i in places], np.int32),
        }
