"""Heat maps without a worker: small maps written straight into a store."""

from collections.abc import Sequence

import numpy as np

from shared.analyses import JobSpec
from shared.analyses.attribution.parts import (
    METHOD,
    PICTURE,
    ClassMap,
    Completeness,
    LikelyClass,
    MethodArrays,
    MethodFacts,
    PictureFacts,
)
from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_map_parts import ExplainedClass, MapLayer
from shared.analyses.heat_maps import Grid, enlarge, strongest_box
from shared.results import Part, encode_part
from shared.store import Store
from tests.fixtures.synthetic_runs import FACTS, begin

SIZE = 64
CLASSES = {386: ("African_elephant", 9.1, 0.81), 101: ("tusker", 7.4, 0.15), 385: ("Indian_elephant", 5.2, 0.02),
           340: ("zebra", 1.3, 0.01)}  # fmt: skip
LAYERS: list[MapLayer] = [
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
    shade = np.stack([x, y, 0.5 + 0 * x], -1) * 150 + np.stack([enlarge(s, size, size) for s in spots], -1)
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


def likely_class(label: int) -> LikelyClass:
    """What the network says of a class."""
    name, logit, probability = CLASSES[label]
    return {"class": label, "name": name, "logit": logit, "probability": probability}


def explained_class(label: int) -> ExplainedClass:
    """A class that is explained."""
    one = likely_class(label)
    return {**one, "rank": list(CLASSES).index(label) + 1,
            "explained": f"logit of class {label} ({one['name']}), before the softmax"}  # fmt: skip


def classes_of(spec: Attribution) -> list[int]:
    """The classes that a request explains."""
    return [int(label) for label in spec.classes] or list(CLASSES)[: spec.top]


def first_part(spec: Attribution, number: int, index: int, size: int = SIZE) -> Part:
    """A picture's part."""
    labels, truth = classes_of(spec), spec.truths[number] if spec.truths else "?"
    facts: PictureFacts = {
        "image": spec.pictures[number], "height": size, "width": size, "ending": "softmax",
        "top": [likely_class(label) for label in CLASSES],
        "classes": [explained_class(label) for label in labels], "truth": None, "wrong": None,
        "saturated": False, "saturation": None, "default_layer": "out_relu",
        "layers": [{**row, "calls": 1} for row in LAYERS if row["path"] in (spec.layers or ("out_relu",))],
    }  # fmt: skip
    if truth != "?":
        facts["truth"], facts["wrong"] = explained_class(int(truth)), int(truth) != next(iter(CLASSES))
    if index == 0:
        facts["layer_choices"] = LAYERS
    logits, shares = (np.array([row[i] for row in CLASSES.values()], np.float32) for i in (1, 2))
    return PICTURE.part(index, spec.pictures[number], pictures={"picture": picture_of(number, size)}, facts=facts,
                        arrays={"logits": logits, "probabilities": shares})  # fmt: skip


def method_part(
    spec: Attribution, number: int, method: str, index: int, size: int = SIZE, grid: Grid | None = None
) -> Part:
    """A method's part; a grid says where in the picture its maps lie."""
    about, labels = METHODS[method], classes_of(spec)  # type: ignore[index]
    whole = maps_of(method, labels, number)
    maps = whole if about.signed else whole.clip(0)
    facts: MethodFacts = {
        "method": method, "title": about.title, "source": about.source, "shows": about.shows, "place": about.place,
        "warning": about.warning, "signed": about.signed, "of": "logit", "averaged": False,
        "layers": ["out_relu"] if about.place == "layer" else [], "height": maps.shape[1], "width": maps.shape[2],
        "parameters": {"steps": spec.steps, "baseline": spec.baseline} if method == "integrated_gradients" else {},
        "grid": grid.facts() if grid else None, "seconds": 0.21,
        "maps": [_map_row(label, maps[i], whole[i], method, size, grid) for i, label in enumerate(labels)],
    }  # fmt: skip
    arrays: MethodArrays = {"maps": maps} if about.signed else {"maps": maps, "signed": whole}
    return METHOD.part(index, method, arrays=arrays, facts=facts)


def _map_row(label: int, heat: np.ndarray, whole: np.ndarray, method: str, size: int, grid: Grid | None) -> ClassMap:
    large, total = enlarge(heat, size, size, grid), float(heat.sum())
    box = strongest_box(large) if heat.max() > 1e-4 else None
    own: Completeness = {"sum": total, "difference": total, "baseline_logit": 0.0}
    y, x = np.unravel_index(int(large.argmax()), large.shape)
    return {
        "class": label, "name": CLASSES[label][0], "raw_min": float(heat.min()), "raw_max": float(heat.max()),
        "signed_min": float(whole.min()), "signed_max": float(whole.max()),
        "positive_evidence": bool(heat.max() > 1e-4), "box": box.facts() if box else None,
        "box_share": box.width * box.height / size**2 if box else None, "peak": [int(x), int(y)] if box else None,
        **(own if method == "integrated_gradients" else {}),
    }  # fmt: skip


def parts_of(spec: Attribution, size: int = SIZE, grid: Grid | None = None) -> list[Part]:
    """All parts of a run, in order."""
    found: list[Part] = []
    for number in range(len(spec.pictures)):
        found.append(first_part(spec, number, len(found), size))
        for method in spec.methods:
            found.append(method_part(spec, number, method, len(found), size, grid))
    return found


def finished_heat_maps(store: Store, spec: Attribution, size: int = SIZE, grid: Grid | None = None) -> str:
    """A complete run; returns its key."""
    return finished(store, spec, parts_of(spec, size, grid))


def finished(store: Store, spec: JobSpec, parts: Sequence[Part]) -> str:
    """A complete run of these parts; returns its key."""
    fence = begin(store, spec, len(parts))
    for part in parts:
        store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {})
    store.runs.finish(spec.key(), fence, FACTS)
    return spec.key()
