"""Evaluations without a worker: answers drawn at random, written straight into a store."""

from collections.abc import Mapping, Sequence

import numpy as np

from shared.analyses.evaluate_model.numbers import evaluation_of, metrics
from shared.analyses.evaluate_model.overlap import class_iou, pixel_cells
from shared.analyses.evaluate_model.parts import ANSWERS, MASKS, NUMBERS, AnswerArrays, AnswerFacts
from shared.analyses.evaluate_model.spec import EvaluateModel
from shared.client import Client
from shared.results import Part, encode_part
from tests.fixtures.synthetic_runs import FACTS, begin

CLASSES = tuple("0123456789")


def evaluation_parts(
    labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str] = CLASSES, shard: int = 256,
    pictures: np.ndarray | None = None, named: Mapping[int, str] | None = None, **facts: object,
) -> list[Part]:  # fmt: skip
    """Parts of an evaluation.

    Args:
        labels: int32 (picture).
        probabilities: float32 (picture, answer); answers beyond the classes are others.
        classes: names.
        shard: pictures a part.
        pictures: their numbers in the data set; from 1000 on by default.
        named: names of other answers.
        facts: beside the usual ones.
    """
    numbers = np.arange(1000, 1000 + len(labels)) if pictures is None else pictures
    known: AnswerFacts = {
        "classes": list(classes), "columns": list(range(len(classes))), "called": [],
        "others": probabilities.shape[1] > len(classes),
        "matched": "order", "left_out": [], "ending": "softmax", "height": 8, "width": 8,
        "named": {str(number): name for number, name in (named or {}).items()}, **facts,
    }  # fmt: skip
    answers = probabilities.argmax(1).astype(np.int32)
    arrays: AnswerArrays = {
        "probabilities": probabilities[:, : len(classes)].astype(np.float32),
        "labels": labels.astype(np.int32),
        "predicted": np.minimum(answers, len(classes)).astype(np.int32),
        "answers": answers,
        "confidence": probabilities.max(1).astype(np.float32),
        "pictures": np.asarray(numbers, np.int32),
    }
    cuts = range(0, len(labels), shard)
    return [
        ANSWERS.part(i, f"pictures {at + 1}–{min(at + shard, len(labels))}", facts=known,
                     arrays={name: array[at : at + shard] for name, array in arrays.items()})
        for i, at in enumerate(cuts)
    ]  # fmt: skip


def digit_answers(client: Client, spec: EvaluateModel, right: float = 0.9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities and numbers of a split's pictures; some 3 are taken for an 8, and 9 for other digits."""
    card = client.datasets.card(spec.dataset)
    numbers = np.array(card.rows(spec.split))
    labels = np.array([card.pictures[i].label for i in numbers], np.int32)
    random = np.random.default_rng(7)
    probabilities = random.dirichlet([0.4] * len(card.classes), len(labels)) * 0.5
    said = labels.copy()
    wrong = random.uniform(size=len(labels)) > np.where(labels == 3, right - 0.25, right)
    said[wrong] = np.where(labels[wrong] == 3, 8, random.integers(0, len(card.classes), wrong.sum()))
    probabilities[np.arange(len(labels)), said] += random.uniform(0.4, 3, len(labels))
    return labels, (probabilities / probabilities.sum(1, keepdims=True)).astype(np.float32), numbers


def begun_evaluation(client: Client, spec: EvaluateModel, made: int | None = None, **facts: object) -> int:
    """Submit a run past the queue and write some of its parts, all by default; returns its fencing token."""
    labels, probabilities, numbers = digit_answers(client, spec)
    facts = {"classes": client.datasets.card(spec.dataset).classes, **facts}
    parts = evaluation_parts(labels, probabilities, shard=64, pictures=numbers, **facts)  # type: ignore[arg-type]
    fence = begin(client.store, spec, len(parts))
    for part in parts[:made]:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {"stage": "running"})
    return fence


def finished_evaluation(client: Client, spec: EvaluateModel, **facts: object) -> str:
    """A complete run; returns its key."""
    fence = begun_evaluation(client, spec, **facts)
    found = evaluation_of(client.result(spec.key()).parts.values())
    assert found is not None
    client.store.runs.finish(spec.key(), fence, {**FACTS, "model": "digits_net", "weights": "file",
                                                 "metrics": metrics(found)})  # fmt: skip
    return spec.key()


RANDOM = np.random.default_rng(4)
TRUE = RANDOM.normal(30, 8, (20, 2)).astype(np.float32)
SAID = (TRUE + RANDOM.normal([1, 0], [2, 3], (20, 2))).astype(np.float32)


def number_parts() -> dict[int, Part]:
    return {
        i: NUMBERS.part(i, "", facts={"names": ["age (years)", "size"], "height": 8, "width": 8}, arrays={
            "true": TRUE[rows], "predicted": SAID[rows], "pictures": np.arange(20, dtype=np.int32)[rows]})
        for i, rows in enumerate((slice(0, 12), slice(12, 20)))
    }  # fmt: skip


def masks() -> tuple[np.ndarray, np.ndarray]:
    """True and predicted classes of three pictures, (3, 4, 5): 0 to 2, 255 for none; −1 where none is predicted."""
    true, said = RANDOM.integers(0, 3, (3, 4, 5)), RANDOM.integers(0, 3, (3, 4, 5))
    true[0, 0], said[1, 2] = 255, -1
    true[2], said[2] = np.where(true[2] == 2, 0, true[2]), np.where(said[2] == 2, 1, said[2])
    return true, said


MASK, SAID_MASK = masks()


def mask_parts() -> dict[int, Part]:
    rows = np.stack([pixel_cells(t, s, 3, 255) for t, s in zip(MASK, SAID_MASK, strict=True)])
    return {
        i: MASKS.part(i, "", facts={"classes": ["sky", "road", "tree"], "height": 4, "width": 5}, arrays={
            "cells": rows[at].sum(0), "iou": np.array([class_iou(one) for one in rows[at]], np.float32),
            "pictures": np.arange(3, dtype=np.int32)[at]})
        for i, at in enumerate((slice(0, 2), slice(2, 3)))
    }  # fmt: skip
