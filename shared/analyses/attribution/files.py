"""Files of `attribution`: overlays, facts and the maps as numbers; and the tables of its report."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from shared.analyses.attribution.parts import METHOD, PICTURE, MethodFacts
from shared.analyses.attribution.spec import Attribution, attribution_parts
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_maps import grid_of, overlay, reach_of
from shared.analyses.report_blocks import Block, Table, predictions
from shared.analyses.result_files import Files, file_stem
from shared.class_names import class_words
from shared.results import Part
from shared.store import RunRecord


def files(run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """METHOD_CLASS.png, picture.png, predictions.json, maps.json and arrays.npz; of several pictures a folder each.

    The folders are called 00, 01 … in the order of the request.
    """
    spec = Attribution.from_fields(dict(run.fields))
    assert isinstance(spec, Attribution)
    places = attribution_parts(spec)
    for number in range(len(spec.pictures)):
        own = {places[i][1]: part for i, part in parts.items() if places[i][0] == number}
        if "" in own:
            folder = f"{number:02d}/" if spec.images else ""
            yield from ((folder + name, content) for name, content in _files_of_picture(own.pop(""), own))


def captions(run: RunRecord, parts: Mapping[int, Part]) -> dict[str, str]:
    """Method and class of every overlay, by its name."""
    spec = Attribution.from_fields(dict(run.fields))
    assert isinstance(spec, Attribution)
    found = {}
    for index, part in parts.items():
        number, method = attribution_parts(spec)[index]
        folder, whose = (f"{number:02d}/", f"Picture {number + 1}, ") if spec.images else ("", "")
        if not method:
            found[f"{folder}picture.png"] = whose.rstrip(", ") or "Picture"
            continue
        facts = METHOD.read(part)
        for row in facts["maps"]:
            name = class_words(row["class"], row["name"])
            found[f"{folder}{file_stem(method)}_{row['class']}.png"] = (
                f"{whose}{METHODS[facts['method']].title}, {name}"
            )
    return found


def _files_of_picture(first: Part, methods: Mapping[str, Part]) -> Files:
    yield "picture.png", first.pictures["picture"]
    said = PICTURE.read(first)
    yield "predictions.json", said["top"] or said.get("numbers", [])
    if "mask" in first.pictures:
        yield "mask.png", first.pictures["mask"]
    facts = {"picture": dict(first.facts), "methods": {name: dict(part.facts) for name, part in methods.items()}}
    yield "maps.json", facts
    for name, part in methods.items():
        for row, picture in zip(METHOD.read(part)["maps"], overlays(first.pictures["picture"], part), strict=True):
            yield f"{file_stem(name)}_{row['class']}.png", picture
    if methods:
        yield "arrays.npz", heat_map_arrays(first, methods)


def overlays(picture: np.ndarray, part: Part) -> list[np.ndarray]:
    """A method's maps laid over the picture, uint8 (height, width, 3) each; all classes share one scale."""
    facts, maps = METHOD.read(part), METHOD.read_arrays(part)["maps"]
    reach = reach_of(maps, facts["signed"], facts["place"])
    return [overlay(picture, one, reach, signed=facts["signed"], grid=grid_of(facts)) for one in maps]


def heat_map_arrays(first: Part, methods: Mapping[str, Part]) -> dict[str, np.ndarray]:
    """Arrays of one picture's maps.

    Args:
        first: the picture's part.
        methods: name to part.

    Returns:
        `maps` float32 (method, class, height, width) at the layer's size, maps of another size averaged or enlarged to
        it; `raw_max` float32 (method, class); `classes` int32 (class), `class_names`, `methods` text; `logits`,
        `probabilities` float32 (answer); beside them `maps_METHOD` float32 (class, height, width) at the method's own
        size where sizes differ, `signed_METHOD`, the map before its positive part was taken, and `bands_METHOD`, of
        each band of a picture with many.
    """
    own = {name: np.asarray(METHOD.read_arrays(part)["maps"], np.float32) for name, part in methods.items()}
    facts = {name: METHOD.read(part) for name, part in methods.items()}
    size, classes = _common_size(list(facts.values())), PICTURE.read(first)["classes"]
    arrays = {
        "maps": np.stack([[_resized(one, size) for one in maps] for maps in own.values()]),
        "raw_max": np.array([[row["raw_max"] for row in one["maps"]] for one in facts.values()], np.float32),
        "classes": np.array([row["class"] for row in classes], np.int32),
        "class_names": np.array([row["name"] for row in classes], str),
        "methods": np.array(list(methods), str),
        **{n: first.arrays[n] for n in ("logits", "probabilities", "numbers", "mask") if n in first.arrays},
    }
    if any(maps.shape[1:] != size for maps in own.values()):
        arrays |= {f"maps_{name}": maps for name, maps in own.items()}
    more = [(name, method, part) for method, part in methods.items() for name in ("signed", "bands")]
    return arrays | {f"{name}_{method}": part.arrays[name] for name, method, part in more if name in part.arrays}


def _common_size(methods: Sequence[MethodFacts]) -> tuple[int, int]:
    """Height and width of a layer's maps; of the first method's where none looks at a layer."""
    of_layers = [one for one in methods if one["place"] == "layer"] or methods
    return of_layers[0]["height"], of_layers[0]["width"]


def _resized(heat: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if heat.shape == size:
        return heat
    smaller = heat.shape[0] >= size[0] and heat.shape[1] >= size[1]
    way = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(heat).resize(size[::-1], way))


def blocks(run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """What the network says, then a row a map."""
    rows = []
    for part in (parts[i] for i in sorted(parts)):
        for row in part.facts.get("maps", ()):
            evidence = "" if row.get("positive_evidence", True) else "no positive evidence at this layer"
            layers = ", ".join(part.facts.get("layers", ())) or part.facts.get("place", "")
            rows.append((part.facts["title"], row["class"], row.get("name", ""), layers, row["raw_max"], evidence))
    heads = ("Method", "Class", "Name", "Layer", "Largest value", "")
    return [*predictions(run, parts), *([Table("Heat maps", heads, rows)] if rows else [])]
