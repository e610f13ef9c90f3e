"""Two networks held to rules, by what a server computed of both: evaluations, a comparison, atlases, heat maps."""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import numpy as np

from convscope.errors import ConvscopeError
from convscope.gate.rules import (
    Calibration,
    DeadChannels,
    Drop,
    Flips,
    FrozenLayers,
    HeatMaps,
    Loss,
    Rules,
    SuspectedCues,
)
from convscope.lab import Lab
from convscope.result import Result

LEAST_PROBABILITY = 1e-7
BINS = 15


@dataclass(frozen=True)
class Finding:
    """What became of one rule.

    Attributes:
        rule: its name.
        passed: whether the new network keeps it.
        words: what was found, in a sentence with its figures.
        before, after: the figure of either network, where there is one.
    """

    rule: str
    passed: bool
    words: str
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class Judgement:
    """All findings, and the pages that show more: title and address."""

    findings: tuple[Finding, ...]
    links: tuple[tuple[str, str], ...]

    @property
    def passed(self) -> bool:
        """Whether no rule is broken."""
        return all(one.passed for one in self.findings)


@dataclass(frozen=True)
class Answers:
    """What a network says of the pictures of a split.

    Attributes:
        classes: their names.
        labels: int (picture), place of the true class.
        probabilities: float32 (picture, class).
        right: bool (picture).
        confidence: float32 (picture), of the likeliest answer.
        pictures: int (picture), number in the data set.
    """

    classes: tuple[str, ...]
    labels: np.ndarray
    probabilities: np.ndarray
    right: np.ndarray
    confidence: np.ndarray
    pictures: np.ndarray

    def of(self, pictures: np.ndarray) -> "Answers":
        """To some of the pictures, in their order."""
        place = {number: row for row, number in enumerate(self.pictures)}
        rows = [place[number] for number in pictures]
        return Answers(self.classes, *(getattr(self, name)[rows] for name in (
            "labels", "probabilities", "right", "confidence", "pictures")))  # fmt: skip

    @property
    def names(self) -> np.ndarray:
        """Name of each picture's true class."""
        return np.array(self.classes)[self.labels]


def check(
    lab: Lab, old: Any, new: Any, dataset: Any, rules: Rules, split: str = "test", watch: Any = None
) -> Judgement:
    """Hold a new network to rules.

    Args:
        lab: whose server computes.
        old, new: networks, as Lab.run() takes them.
        dataset: with true classes.
        rules: what is asked.
        split: of the data set.
        watch: see Lab.run().

    Raises:
        ConvscopeError: a network cannot be evaluated.
    """
    runs = [lab.submit("evaluate_model", model=model, dataset=dataset, split=split) for model in (old, new)]
    before, after = (_answers(run.wait(watch)) for run in runs)
    links = [("evaluation before", runs[0].link), ("evaluation now", runs[1].link)]
    found = list(of_answers(before, after, rules))
    if rules.layers is not None:
        moved = lab.run("compare_models", model=old, other=new, most_layers=1, most_channels=1, watch=watch)
        found.append(of_layers(moved.read("layers.csv").decode(), rules.layers))
        links.append(("layers", moved.link))
    if rules.dead_channels is not None:
        found += _of_dead_channels(lab, old, new, rules.dead_channels, watch)
    if rules.heat_maps is not None:
        found.append(_of_heat_maps(lab, old, new, rules.heat_maps, watch))
    if rules.suspected_cues is not None:
        rule = rules.suspected_cues
        for name in rule.classes or ("",):
            was, now = (_concepts(lab, model, dataset, split, rule, name, watch) for model in (old, new))
            found.append(of_concepts(was[0], now[0], rule))
            links.append((f"concepts of {now[0]['class_name']}", now[1]))
    return Judgement(tuple(found), tuple(links))


def _concepts(
    lab: Lab, model: Any, dataset: Any, split: str, rule: SuspectedCues, name: str, watch: Any
) -> tuple[Mapping[str, Any], str]:
    """A class's concepts.json, and the page that shows them; a run that is there already is read."""
    result = lab.run("concepts", model=model, dataset=rule.dataset or dataset, split=rule.split or split,
                     layer=rule.layer, class_name=name, concepts=rule.concepts, watch=watch)  # fmt: skip
    return json.loads(result.read("concepts.json")), result.link


def of_concepts(before: Mapping[str, Any], after: Mapping[str, Any], rule: SuspectedCues) -> Finding:
    """Whether a concept of the new network looks like a shortcut, by concepts.json; one that the old network goes by
    as much is nothing new."""
    was, now = (max(one["concepts"], key=lambda row: float(row["suspicion"])) for one in (before, after))
    most = max(rule.max_suspicion, float(was["suspicion"]))
    words = (f"{after['class_name']}: the most suspect concept {was['suspicion']:.2f} before, {now['suspicion']:.2f} "
             f"now; at most {rule.max_suspicion:g} is allowed")  # fmt: skip
    if now["exchanged"] is not None and float(now["suspicion"]) > most:
        words += (f". Concept {now['concept'] + 1}: accuracy {after['accuracy']:.1%}, {now['exchanged']:.1%} if it "
                  "were as frequent in other classes")  # fmt: skip
    return Finding("suspected_cues", float(now["suspicion"]) <= most, words, was["suspicion"], now["suspicion"])


def _answers(result: Result) -> Answers:
    arrays = result.arrays
    if "probabilities" not in arrays:
        raise ConvscopeError(f"Expected a network of classes. {result.link} has none: its numbers are not judged yet.")
    return Answers(tuple(map(str, arrays["classes"])), arrays["labels"], arrays["probabilities"],
                   arrays["predicted"] == arrays["labels"], arrays["confidence"], arrays["pictures"])  # fmt: skip


def of_answers(before: Answers, after: Answers, rules: Rules) -> Iterator[Finding]:
    """Findings of the rules about answers; both networks are judged on the pictures that both were shown."""
    both = np.intersect1d(before.pictures, after.pictures)
    missing = [name for name in before.classes if name not in after.classes]
    if not len(both):
        raise ConvscopeError("The two networks have no picture in common: do they know the same classes?")
    old, new = before.of(both), after.of(both)
    if rules.accuracy is not None:
        yield of_accuracy(old, new, rules.accuracy)
    if rules.classes is not None:
        yield of_classes(old, new, rules.classes, missing)
    if rules.calibration is not None:
        yield of_calibration(old, new, rules.calibration)
    if rules.loss is not None:
        yield of_loss(old, new, rules.loss)
    if rules.flips is not None:
        yield of_flips(old, new, rules.flips)


def of_accuracy(old: Answers, new: Answers, rule: Drop) -> Finding:
    """McNemar's test (Psychometrika 1947), exact and one-sided, on the pictures that the networks differ in."""
    lost, won = int((old.right & ~new.right).sum()), int((~old.right & new.right).sum())
    before, after = float(old.right.mean()), float(new.right.mean())
    chance = chance_of(lost, won, len(old.right), rule.max_drop)
    passed = before - after <= rule.max_drop or chance >= rule.significance
    words = (f"accuracy {before:.1%} before, {after:.1%} now, on {len(old.right):,} pictures; {lost} lost, {won} won"
             f" (p = {chance:.2g})")  # fmt: skip
    return Finding("accuracy", passed, words, before, after)


def of_classes(old: Answers, new: Answers, rule: Drop, missing: list[str]) -> Finding:
    """The same for every class; significance is shared among them after Holm (1979)."""
    if missing:
        names = ", ".join(missing[:10])
        return Finding("classes", False, f"the new network does not know {names}")
    rows = []
    for name in old.classes:
        of = old.names == name
        if of.any():
            lost, won = int((old.right & ~new.right & of).sum()), int((~old.right & new.right & of).sum())
            total = int(of.sum())
            rows.append((chance_of(lost, won, total, rule.max_drop), (lost - won) / total, name, total))
    worse = []
    for place, (chance, drop, name, number) in enumerate(sorted(rows)):
        if chance * (len(rows) - place) >= rule.significance:
            break
        if drop > rule.max_drop:
            worse.append(f"{name} by {drop:.1%} of {number}")
    if worse:
        return Finding("classes", False, f"right less often: {', '.join(worse)}")
    return Finding("classes", True, f"none of {len(rows)} classes is right less often beyond chance")


def chance_of(lost: int, won: int, total: int, most: float = 0.0) -> float:
    """How likely such a fall is where the true one is `most`, on the same pictures.

    Without an allowed fall it is McNemar's exact test: of all that changed, at least `lost` were lost by a coin's toss.
    Else the paired shares' difference is taken for normal.
    """
    if not most:
        changed = lost + won
        return sum(math.comb(changed, k) for k in range(lost, changed + 1)) / 2**changed
    drop = (lost - won) / total
    error = math.sqrt(max((lost + won) / total - drop**2, 1 / total) / total)
    return 0.5 * math.erfc((drop - most) / error / math.sqrt(2))


def of_calibration(old: Answers, new: Answers, rule: Calibration) -> Finding:
    """How far confidence and accuracy lie apart."""
    before, after = calibration_error(old), calibration_error(new)
    words = f"expected calibration error {before:.3f} before, {after:.3f} now; it may rise by {rule.max_rise:g}"
    return Finding("calibration", after - before <= rule.max_rise, words, before, after)


def calibration_error(answers: Answers) -> float:
    """Mean distance of confidence and accuracy over bins of confidence, weighed by pictures (Guo et al., ICML 2017)."""
    bins = np.minimum((answers.confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(float(answers.right[bins == one].mean() - answers.confidence[bins == one].mean())) * (bins == one).sum()
            for one in np.unique(bins)]  # fmt: skip
    return float(sum(gaps) / len(bins))


def of_loss(old: Answers, new: Answers, rule: Loss) -> Finding:
    """The mean rise over the same pictures, held against its standard error."""
    before, after = _losses(old), _losses(new)
    rise = after - before
    error = float(rise.std(ddof=1) / math.sqrt(len(rise))) if len(rise) > 1 else math.inf
    above = float(rise.mean()) - rule.max_rise
    chance = 0.5 * math.erfc(above / error / math.sqrt(2)) if error else float(above <= 0)
    passed = above <= 0 or chance >= rule.significance
    words = (
        f"loss {before.mean():.3f} before, {after.mean():.3f} now; it may rise by {rule.max_rise:g} (p = {chance:.2g})"
    )
    return Finding("loss", passed, words, float(before.mean()), float(after.mean()))


def _losses(answers: Answers) -> np.ndarray:
    true = answers.probabilities[np.arange(len(answers.labels)), answers.labels]
    return -np.log(np.maximum(true.astype(np.float64), LEAST_PROBABILITY))


def of_flips(old: Answers, new: Answers, rule: Flips) -> Finding:
    """Pictures that were right and are wrong now, whatever was won."""
    lost = old.right & ~new.right
    share = float(lost.mean())
    words = (
        f"{int(lost.sum())} of {len(lost):,} pictures were right and are wrong now; at most {rule.max_share:.1%} may be"
    )
    return Finding("flips", share <= rule.max_share, words, None, share)


def of_layers(text: str, rule: FrozenLayers) -> Finding:
    """Whether layers that may not move have not, by the comparison's layers.csv."""
    rows = list(csv.DictReader(io.StringIO(text)))
    named = [row for row in rows if any(fnmatch(row["path"], one) for one in rule.frozen)]
    if not named:
        return Finding("layers", False, f"no layer is called {', '.join(rule.frozen) or 'anything'}")
    moved = [row["path"] for row in named if row["state"] != "frozen"]
    if moved:
        return Finding("layers", False, f"moved, and should not have: {', '.join(moved[:10])}")
    return Finding("layers", True, f"{len(named)} layers that should not move have not")


def _of_dead_channels(lab: Lab, old: Any, new: Any, rule: DeadChannels, watch: Any) -> Iterator[Finding]:
    for layer in rule.layers:
        counts = []
        for model in (old, new):
            atlas = lab.run("filter_atlas", model=model, layer=layer, size=64, steps=16, seed=0, watch=watch)
            counts.append(int(atlas.arrays["dead"].sum()))
        words = f"{layer}: {counts[0]} dead channels before, {counts[1]} now; {rule.max_rise} more may be"
        passed = counts[1] - counts[0] <= rule.max_rise
        yield Finding("dead_channels", passed, words, float(counts[0]), float(counts[1]))


def _of_heat_maps(lab: Lab, old: Any, new: Any, rule: HeatMaps, watch: Any) -> Finding:
    pictures = lab.add_images(rule.pictures)
    found = []
    for picture in pictures:
        maps = [lab.run("attribution", model=model, image=picture, watch=watch) for model in (old, new)]
        said = [str(one.arrays["class_names"][0]) for one in maps]
        if said[0] == said[1]:
            found.append(rank_correlation(*(one.arrays["maps"][0, 0] for one in maps)))
    if not found:
        return Finding("heat_maps", False, f"the networks agree on none of {len(pictures)} pictures")
    middle = float(np.median(found))
    words = (f"heat maps of {len(found)} pictures on which both agree: median rank correlation {middle:.2f}, "
             f"at least {rule.min_agreement:g} is asked")  # fmt: skip
    return Finding("heat_maps", middle >= rule.min_agreement, words, None, middle)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, of two maps of one shape; 0 where one of them is flat."""
    first, second = _ranks(one.ravel()), _ranks(other.ravel())
    return float(np.corrcoef(first, second)[0, 1]) if first.std() and second.std() else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 0; equal values share their mean rank."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts + 1) / 2)[places]
