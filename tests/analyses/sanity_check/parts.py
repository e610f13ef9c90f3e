"""Sanity checks of heat maps without a worker: a map that fades with the weights, written straight into a store."""

import numpy as np

from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_map_parts import MethodSettings
from shared.analyses.sanity_check.parts import (
    CURVES,
    DEPTH,
    TRAINED,
    Areas,
    ComparedMap,
    DepthFacts,
    TrainedFacts,
    Verdict,
)
from shared.analyses.sanity_check.spec import SanityCheck
from shared.results import Part
from shared.store import Store
from tests.analyses.attribution.parts import SIZE, explained_class, finished, likely_class, maps_of, picture_of

DEPTHS = 3


def check_parts(spec: SanityCheck) -> list[Part]:
    """A check whose map fades with the weights."""
    (method,), label = spec.methods, int(spec.classes[0])
    trained = maps_of(method, [label])[0]
    found = []
    for depth in range(DEPTHS + 1):
        noise = np.random.default_rng(depth).uniform(0, 0.04, trained.shape).astype(np.float32)
        whole = (trained * (DEPTHS - depth) + noise * depth) / np.float32(DEPTHS)
        heat = whole if METHODS[method].signed else whole.clip(0)
        arrays = {method: heat} if METHODS[method].signed else {method: heat, f"signed_{method}": whole}
        facts = _depth_facts(depth, method, label, heat, whole)
        if depth:
            found.append(DEPTH.part(depth, f"depth {depth}", arrays=arrays, facts=facts))
        else:
            pictures, first = {"picture": picture_of(0)}, _trained(facts, method)
            found.append(TRAINED.part(0, "as trained", pictures=pictures, arrays=arrays, facts=first))
    return [*found, _curves_part(DEPTHS + 1, method)]


def _depth_facts(depth: int, method: str, label: int, heat: np.ndarray, whole: np.ndarray) -> DepthFacts:
    row: ComparedMap = {
        "raw_min": float(heat.min()), "raw_max": float(heat.max()), "signed_min": float(whole.min()),
        "signed_max": float(whole.max()), "positive_evidence": True,
    }  # fmt: skip
    if depth:
        row["rank"] = row["rank_absolute"] = 1 - depth / DEPTHS
    return {
        "depth": depth, "randomised": [f"block_{depth}/conv", f"block_{depth}/bn"] if depth else [],
        "count": 2 * depth, "of": 2 * DEPTHS, "share": depth / DEPTHS, **likely_class(label), "maps": {method: row},
    }  # fmt: skip


def _trained(facts: DepthFacts, method: str) -> TrainedFacts:
    about = METHODS[method]
    settings: MethodSettings = {"title": about.title, "warning": about.warning, "signed": about.signed, "of": "logit",
                                "place": about.place, "parameters": {}, "grid": None}  # fmt: skip
    return {
        **facts, "explained": explained_class(facts["class"])["explained"], "height": SIZE, "width": SIZE,
        "ending": "softmax", "saturated": False, "saturation": None, "layers": [], "default_layer": "out_relu",
        "methods": {method: settings},
    }  # fmt: skip


def _curves_part(index: int, method: str) -> Part:
    at = np.linspace(0, 1, 9, dtype=np.float32)
    arrays = {
        "fractions": at, f"deletion_{method}": 0.8 * (1 - at) ** 3, f"insertion_{method}": 0.8 * at**0.5,
        "deletion_random": np.stack([0.8 * (1 - at), 0.8 * (1 - at) ** 1.3]),
        "insertion_random": np.stack([0.8 * at, 0.8 * at**1.3]),
    }  # fmt: skip
    areas: Areas = {"deletion": 0.2, "insertion": 0.53, "deletion_random": 0.37, "insertion_random": 0.37,
             "deletion_margin": 0.17, "insertion_margin": 0.16}  # fmt: skip
    verdict: Verdict = {"randomisation": "passes", "deletion": "better", "judged_rank": 0.3, "final_rank": 0.02,
               "sentence": "This map depends on what the network learned, and what it marks counts."}  # fmt: skip
    return CURVES.part(index, "curves", arrays={n: a.astype(np.float32) for n, a in arrays.items()},
                       facts={"areas": {method: areas}, "verdicts": {method: verdict}})  # fmt: skip


def finished_check(store: Store, spec: SanityCheck) -> str:
    """A complete check; returns its key."""
    return finished(store, spec, check_parts(spec))
