"""Every method by its name: from a request and a picture to maps."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from shared.analyses.attribution.parts import BandShares, Completeness, MethodAbout, MethodArrays, PlacedMap
from shared.analyses.heat_map_fields import HeatMapSpec
from shared.analyses.heat_map_methods import METHODS, MethodName
from shared.analyses.heat_map_parts import Extremes, MethodSettings, Parameters
from shared.analyses.heat_maps import Grid, enlarge, smooth, strongest_box
from shared.errors import NotFinite, message
from shared.results import Progress
from worker.attribution.eigen_cam import eigen_cam
from worker.attribution.grad_cam import grad_cam
from worker.attribution.grad_cam_plus_plus import grad_cam_plus_plus
from worker.attribution.guided_backprop import guided_backprop
from worker.attribution.guided_relu import guided_at
from worker.attribution.hires_cam import hires_cam
from worker.attribution.integrated_gradients import integrated_gradients, plain_picture
from worker.attribution.layer_cam import layer_cam
from worker.attribution.occlusion import occlusion, window_side
from worker.attribution.saliency import over_colours, saliency, strength
from worker.attribution.score_cam import chosen_channels, score_cam
from worker.attribution.smooth_grad import smooth_grad
from worker.attribution.task import ExplainTask, MapSteps

# What each method runs besides one forward pass; see CompiledPasses.trace().
NEEDS: dict[str, tuple[str, ...]] = {
    "score_cam": ("outputs",), "occlusion": ("outputs",), "saliency": ("slopes",), "smooth_grad": ("slopes",),
    "integrated_gradients": ("slopes", "outputs"), "guided_backprop": ("guided slopes",),
}  # fmt: skip
FROM_GRADIENTS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "grad_cam": grad_cam, "grad_cam_plus_plus": grad_cam_plus_plus, "hires_cam": hires_cam, "layer_cam": layer_cam,
}  # fmt: skip
EXPLAINS: dict[str, Literal["probability", "activations"]] = {"score_cam": "probability", "eigen_cam": "activations"}


@dataclass(frozen=True)
class MethodMaps:
    """What a method gave for one picture.

    Attributes:
        method: its name.
        maps: float32 (class, height, width), as published.
        signed: the same before the positive part or absolute value was taken; `maps` itself where those are signed.
        parameters: what it was set to, as JSON values.
        layers: paths it looked at.
        grid: where in the picture its values lie; None where they divide it evenly.
        rows: further facts, one dictionary a class.
        warning: why not to trust it with this network, beside what is to be said of the method; "" mostly.
        bands: float32 (class, height, width, band), of each band by itself; None where the method, or a network for
            grey pictures or RGB, has none.
    """

    method: MethodName
    maps: np.ndarray
    signed: np.ndarray
    parameters: Parameters = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    grid: Grid | None = None
    rows: Sequence[Completeness] = ()
    warning: str = ""
    bands: np.ndarray | None = None

    def arrays(self) -> MethodArrays:
        """As a part holds them."""
        arrays: MethodArrays = {"maps": self.maps}
        if not METHODS[self.method].signed:
            arrays["signed"] = self.signed
        if self.bands is not None:
            arrays["bands"] = self.bands
        return arrays

    def settings(self) -> MethodSettings:
        """What the method was set to, as a part holds it."""
        known = METHODS[self.method]
        return {
            "title": known.title, "warning": f"{self.warning} {known.warning}".strip(), "signed": known.signed,
            "place": known.place, "parameters": self.parameters, "of": EXPLAINS.get(self.method, "logit"),
            "grid": self.grid.facts() if self.grid else None,
        }  # fmt: skip

    def about(self) -> MethodAbout:
        """As a part holds it, but for its rows."""
        known = METHODS[self.method]
        return {
            "method": self.method, "source": known.source, "shows": known.shows, **self.settings(),
            "layers": list(self.layers), "averaged": len(self.layers) > 1,
            "height": self.maps.shape[1], "width": self.maps.shape[2],
        }  # fmt: skip


def method_maps(
    method: MethodName, spec: HeatMapSpec, task: ExplainTask, layers: Sequence[str]
) -> Generator[Progress, None, MethodMaps]:
    """Run a method.

    Args:
        method: which.
        spec: how it is set.
        task: the picture, the classes and what the network said of them.
        layers: paths, for methods that look at layers.

    Raises:
        NotFinite: a map is not made of numbers.
    """
    if METHODS[method].place == "layer":
        found = yield from _of_layers(method, spec, task, layers)
    elif method == "occlusion":
        side = window_side(task.picture.shape[:2], spec.window)
        maps = yield from occlusion(task, side)
        found = MethodMaps(method, maps, maps, {"window": side, "moves_by": side // 2})
    else:
        found = yield from _of_pixels(method, spec, task)
    if not np.isfinite(found.signed).all():
        raise NotFinite(
            message(f"finite values from {METHODS[method].title}", "NaN or infinity", "Choose another method or layer.")
        )
    return found


def _of_layers(
    method: MethodName, spec: HeatMapSpec, task: ExplainTask, layers: Sequence[str]
) -> Generator[Progress, None, MethodMaps]:
    each = []
    for path in layers:
        each.append(np.asarray((yield from _of_layer(method, spec, task, path)), np.float32))
    parameters = {}
    if method == "score_cam":
        kinds = [task.result.activations[path] for path in layers]
        tried = [len(chosen_channels(a, spec.masks)) for a in kinds]
        parameters = {"masks": sum(tried), "channels": sum(a.shape[-1] for a in kinds)}
    grids = [task.passes.explained.grid(path) for path in layers]
    published = each if METHODS[method].signed else [np.maximum(one, 0) for one in each]
    signed, maps = (_averaged(kind, grids, task.picture.shape) for kind in (each, published))
    return MethodMaps(method, maps, signed, parameters, tuple(layers), grids[0] if len(layers) == 1 else None)


def _of_layer(method: MethodName, spec: HeatMapSpec, task: ExplainTask, path: str) -> MapSteps:
    yield task.progress(METHODS[method].title, 0, 1)
    seen, slopes = task.result.activations[path], task.result.gradients[path]
    if method == "score_cam":
        return (yield from score_cam(task, seen, spec.masks, task.passes.explained.grid(path)))
    if method == "eigen_cam":
        return np.repeat(eigen_cam(seen)[None], len(task.classes), 0)
    return np.stack([FROM_GRADIENTS[method](seen, slopes[c]) for c in _rows_of(task)])


def _rows_of(task: ExplainTask) -> list[int]:
    """Where the explained classes are among those that the forward pass took gradients of."""
    numbers = task.result.classes.tolist()
    return [numbers.index(c) for c in task.classes]


def _averaged(each: list[np.ndarray], grids: list[Grid | None], size: tuple[int, ...]) -> np.ndarray:
    """The mean over layers of maps (class, h, w), each over its largest absolute value, at the finest layer's size."""
    if len(each) == 1:
        return each[0]
    height, width = max(one.shape[1] for one in each), max(one.shape[2] for one in each)
    total = np.zeros((len(each[0]), height, width), np.float32)
    for one, grid in zip(each, grids, strict=True):
        reach = np.abs(one).max((1, 2), keepdims=True)
        even = one / np.where(reach > 0, reach, 1)
        # By way of the picture, for the layers' units do not look at the same places.
        total += [enlarge(enlarge(m, size[0], size[1], grid), height, width) for m in even]
    return total / len(each)


def _of_pixels(method: MethodName, spec: HeatMapSpec, task: ExplainTask) -> Generator[Progress, None, MethodMaps]:
    warning = ""
    match method:
        case "saliency":
            values, parameters = (yield from saliency(task)), {}
        case "smooth_grad":
            values = yield from smooth_grad(task, spec.samples, spec.noise, spec.seed)
            parameters = {"samples": spec.samples, "noise": spec.noise, "seed": spec.seed}
        case "guided_backprop":
            values = yield from guided_backprop(task)
            count, warning = guided_at(task.passes.explained.model.network)
            parameters = {"ReLUs": count}
        case _:
            return (yield from _integrated(spec, task))
    signed = over_colours(values)
    maps = signed if METHODS[method].signed else strength(values)
    return MethodMaps(method, maps, signed, parameters, warning=warning, bands=_bands(values))


def _bands(values: np.ndarray) -> np.ndarray | None:
    return None if values.shape[-1] in (1, 3) else np.ascontiguousarray(values, np.float32)


def _integrated(spec: HeatMapSpec, task: ExplainTask) -> Generator[Progress, None, MethodMaps]:
    values = np.asarray((yield from integrated_gradients(task, spec.steps, spec.baseline)))
    maps = over_colours(values)
    plain, _ = task.passes.outputs(task.passes.prepare(plain_picture(task, spec.baseline)[None]), task.weights)
    rows: list[Completeness] = [
        {
            "sum": float(one.sum(dtype=np.float64)),
            "difference": float(task.result.logits[c] - plain[0, c]),
            "baseline_logit": float(plain[0, c]),
        }
        for c, one in zip(task.classes, maps, strict=True)
    ]
    parameters = {"steps": spec.steps, "baseline": spec.baseline}
    return MethodMaps("integrated_gradients", maps, maps, parameters, rows=rows, bands=_bands(values))


def map_row(found: MethodMaps, index: int, size: tuple[int, int]) -> PlacedMap:
    """Facts of one class's map.

    Args:
        found: the method's maps.
        index: of the class among them.
        size: height and width of the picture in pixels, in which the box is given.
    """
    heat, signed = found.maps[index], found.signed[index]
    whole = enlarge(heat, *size, found.grid)
    # The strongest single pixel is chance: a region is sought in their averages.
    box = strongest_box(smooth(np.maximum(whole, 0)) if METHODS[found.method].place == "pixels" else whole)
    peak = np.unravel_index(int(np.argmax(whole)), size)
    own: Completeness = found.rows[index] if found.rows else {}
    shares: BandShares = {} if found.bands is None else {"band_shares": band_shares(found.bands[index])}
    return {
        **shares,
        **extremes(heat, signed),
        "box": box.facts() if box else None,
        "box_share": round(box.width * box.height / (size[0] * size[1]), 4) if box else None,
        "peak": [int(peak[1]), int(peak[0])] if box else None,
        **own,
    }


def band_shares(values: np.ndarray) -> list[float]:
    """Of the sum of all absolute values (height, width, band), how much each band has: 0 to 1, 0 where all are zero."""
    sums = np.abs(values).sum((0, 1), dtype=np.float64)
    return [round(float(share), 4) for share in sums / (sums.sum() or 1.0)]


def extremes(heat: np.ndarray, signed: np.ndarray) -> Extremes:
    """The smallest and largest values of both forms of a map, and whether anything is above zero."""
    return {
        "raw_min": float(heat.min()),
        "raw_max": float(heat.max()),
        "signed_min": float(signed.min()),
        "signed_max": float(signed.max()),
        "positive_evidence": bool(heat.max() > 0),
    }
