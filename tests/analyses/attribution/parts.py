"""Heat maps and sanity checks without a worker: small maps written straight into a store."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_maps import enlarged, strongest_box
from shared.analyses.sanity_check.spec import SanityCheck
from shared.results import Part, encode_part
from shared.store import Store
from tests.fixtures.synthetic_runs import FACTS, begin

SIZE = 64
CLASSES = {386: ("African_elephant", 9.1, 0.81), 101: ("tusker", 7.4, 0.15), 385: ("Indian_elephant", 5.2, 0.02),
           340: ("zebra", 1.3, 0.01)}  # fmt: skip
LAYERS = [
    {"path": path, "class": "Conv2D", "height": side, "width": side, "channels": 8 * number}
    for number, (path, side) in enumerate(
        [("stem", 32), ("block_1/expand", 16), ("block_1/add", 16), ("block_2/expand", 8), ("out_relu", 8)], start=1
    )
]
# Class whose map has nothing above zero.
AGAINST = 340


def picture_of(number: int, size: int = SIZE) -> np.ndarray:
    """uint8 (size, size, 3), a shade with soft spots: it can be enlarged without becoming another picture."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    spots = np.random.default_rng(number).uniform(0, 90, (3, 6, 6))
    shade = np.stack([x, y, 0.5 + 0 * x], -1) * 150 + np.stack([enlarged(s, size, size) for s in spots], -1)
    return shade.clip(0, 255).astype(np.uint8)


def maps_of(method: str, classes: Sequence[int], number: int = 0) -> np.ndarray:
    """float32 (class, height, width) before the positive part: one hill for the class, one valley against it."""
    side = {"layer": 8, "pixels": SIZE, "windows": 12}[METHODS[method].place]  # type: ignore[index]
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    found = []
    for at, label in enumerate(classes):
        centre = 0.3 + 0.12 * ((at + number) % 4)
        hill = np.exp(-((x - centre) ** 2 + (y - 0.4) ** 2) / 0.03) * (0.04 / (1 + at))
        valley = 0.03 * np.exp(-((x - 0.8) ** 2 + (y - 0.8) ** 2) / 0.02)
        found.append((-hill if label == AGAINST else hill) - valley)
    return np.stack(found).astype(np.float32)


def row_of(label: int, rank: int = 1) -> dict[str, Any]:
    """A class as the parts name it."""
    name, logit, probability = CLASSES[label]
    return {"class": label, "name": name, "logit": logit, "probability": probability, "rank": rank,
            "explained": f"logit of class {label} ({name}), before the softmax"}  # fmt: skip


def classes_of(spec: Attribution) -> list[int]:
    """The classes that a request explains."""
    return [int(label) for label in spec.classes] or list(CLASSES)[: spec.top]


def first_part(spec: Attribution, number: int, index: int) -> Part:
    """A picture's part."""
    labels, truth = classes_of(spec), spec.truths[number] if spec.truths else "?"
    top = [{k: v for k, v in row_of(label).items() if k not in ("rank", "explained")} for label in CLASSES]
    facts: dict[str, Any] = {
        "image": spec.pictures[number], "height": SIZE, "width": SIZE, "ending": "softmax", "top": top,
        "classes": [row_of(label, list(CLASSES).index(label) + 1) for label in labels], "truth": None, "wrong": None,
        "saturated": False, "saturation": None, "default_layer": "out_relu",
        "layers": [{**row, "calls": 1} for row in LAYERS if row["path"] in (spec.layers or ("out_relu",))],
    }  # fmt: skip
    if truth != "?":
        facts |= {"truth": row_of(int(truth)), "wrong": int(truth) != next(iter(CLASSES))}
    if index == 0:
        facts["layer_choices"] = LAYERS
    logits, shares = (np.array([row[i] for row in CLASSES.values()], np.float32) for i in (1, 2))
    arrays = {"logits": logits, "probabilities": shares}
    return Part(index, spec.pictures[number], {"picture": picture_of(number)}, arrays, facts)


def method_part(spec: Attribution, number: int, method: str, index: int) -> Part:
    """A method's part."""
    about, labels = METHODS[method], classes_of(spec)  # type: ignore[index]
    whole = maps_of(method, labels, number)
    maps = whole if about.signed else whole.clip(0)
    arrays = {"maps": maps} if about.signed else {"maps": maps, "signed": whole}
    facts = {
        "method": method, "title": about.title, "source": about.source, "shows": about.shows, "place": about.place,
        "warning": about.warning, "signed": about.signed, "of": "logit", "averaged": False,
        "layers": ["out_relu"] if about.place == "layer" else [], "height": maps.shape[1], "width": maps.shape[2],
        "parameters": {"steps": spec.steps, "baseline": spec.baseline} if method == "integrated_gradients" else {},
        "seconds": 0.21, "maps": [_map_row(label, maps[i], whole[i]) for i, label in enumerate(labels)],
    }  # fmt: skip
    return Part(index, method, {}, arrays, facts)


def _map_row(label: int, heat: np.ndarray, whole: np.ndarray) -> dict[str, Any]:
    large = enlarged(heat, SIZE, SIZE)
    box = strongest_box(large)
    y, x = np.unravel_index(int(large.argmax()), large.shape)
    return {
        "class": label, "name": CLASSES[label][0], "raw_min": float(heat.min()), "raw_max": float(heat.max()),
        "signed_min": float(whole.min()), "signed_max": float(whole.max()),
        "positive_evidence": bool(heat.max() > 1e-4), "box": box.facts() if box and heat.max() > 1e-4 else None,
        "box_share": box.width * box.height / SIZE**2 if box else 0.0, "peak": [int(x), int(y)],
    }  # fmt: skip


def parts_of(spec: Attribution) -> list[Part]:
    """All parts of a run, in order."""
    found: list[Part] = []
    for number in range(len(spec.pictures)):
        found.append(first_part(spec, number, len(found)))
        for method in spec.methods:
            found.append(method_part(spec, number, method, len(found)))
    return found


def finished_heat_maps(store: Store, spec: Attribution) -> str:
    """A complete run; returns its key."""
    return _finished(store, spec, parts_of(spec))


def _finished(store: Store, spec: Attribution | SanityCheck, parts: Sequence[Part]) -> str:
    fence = begin(store, spec, len(parts))
    for part in parts:
        store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {})
    store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()


def check_parts(spec: SanityCheck, depths: int = 3) -> list[Part]:
    """A check whose map fades with the weights."""
    (method,), label = spec.methods, int(spec.classes[0])
    about = METHODS[method]
    trained = maps_of(method, [label])[0].clip(0)
    found = []
    for depth in range(depths + 1):
        noise = np.random.default_rng(depth).uniform(0, 0.04, trained.shape).astype(np.float32)
        heat = trained * (depths - depth) / depths + noise * depth / depths
        facts: dict[str, Any] = {
            "depth": depth, "randomised": [f"block_{depth}/conv", f"block_{depth}/bn"] if depth else [],
            "count": 2 * depth, "of": 2 * depths, "share": depth / depths, **row_of(label),
            "maps": {method: {"raw_min": 0.0, "raw_max": float(heat.max()), "positive_evidence": True}
                     | ({"rank": 1 - depth / depths} if depth else {})},
        }  # fmt: skip
        if depth == 0:
            facts |= {
                "height": SIZE,
                "width": SIZE,
                "layers": [],
                "methods": {
                    method: {
                        "title": about.title,
                        "warning": "",
                        "signed": about.signed,
                        "place": about.place,
                        "parameters": {},
                    }
                },
            }
        found.append(Part(depth, f"depth {depth}", {"picture": picture_of(0)} if depth == 0 else {}, {method: heat},
                          facts))  # fmt: skip
    return [*found, _curves_part(depths + 1, method)]


def _curves_part(index: int, method: str) -> Part:
    at = np.linspace(0, 1, 9, dtype=np.float32)
    arrays = {
        "fractions": at, f"deletion_{method}": 0.8 * (1 - at) ** 3, f"insertion_{method}": 0.8 * at**0.5,
        "deletion_random": np.stack([0.8 * (1 - at), 0.8 * (1 - at) ** 1.3]),
        "insertion_random": np.stack([0.8 * at, 0.8 * at**1.3]),
    }  # fmt: skip
    areas = {"deletion": 0.2, "insertion": 0.53, "deletion_random": 0.37, "insertion_random": 0.37,
             "deletion_margin": 0.17, "insertion_margin": 0.16}  # fmt: skip
    verdict = {"randomisation": "passes", "deletion": "better", "final_rank": 0.02,
               "sentence": "This map depends on what the network learned, and what it marks counts."}  # fmt: skip
    return Part(index, "curves", {}, {n: a.astype(np.float32) for n, a in arrays.items()},
                {"areas": {method: areas}, "verdicts": {method: verdict}})  # fmt: skip


def finished_check(store: Store, spec: SanityCheck) -> str:
    """A complete check; returns its key."""
    return _finished(store, spec, check_parts(spec))
