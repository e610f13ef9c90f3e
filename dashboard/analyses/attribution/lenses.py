"""Methods and layers as lenses: one click looks at the same picture and classes through another one."""

from collections.abc import Sequence
from typing import Any

from dashboard.widgets.heat_map_colouring import ALL
from shared.analyses.attribution.parts import PictureFacts
from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.heat_map_parts import MapLayer

PLACES = {"layer": "CAM (layer)", "pixels": "Gradients (pixels)", "windows": "Occlusion"}


def lenses_data(spec: Attribution, facts: PictureFacts, rows: Sequence[MapLayer], show: str) -> dict[str, Any]:
    """What the browser needs to draw both rows of lenses, as JSON values; `show` is a method or "all"."""
    used = [row["path"] for row in facts["layers"]]
    last = facts["default_layer"]
    ends = ends_of_stages(rows)
    return {
        "groups": [_group(place, title, spec) for place, title in PLACES.items()],
        "asked": list(spec.methods),
        "show": show,
        "all": ALL if len(spec.methods) > 1 else "",
        "needs_layer": any(METHODS[m].place == "layer" for m in spec.methods if show in (ALL, m)),
        "layers": [
            {
                "path": row["path"],
                "class": row["class"],
                "size": f"{row['height']} × {row['width']}",
                "channels": row["channels"],
                "end": row["path"] in ends or row["path"] in used or row["path"] == last,
            }
            for row in rows
        ],
        "used": used,
        "last": last,
    }


def _group(place: str, title: str, spec: Attribution) -> dict[str, Any]:
    methods = [(name, about) for name, about in METHODS.items() if about.place == place]
    return {
        "title": title,
        "methods": [
            {"name": n, "title": a.title, "about": f"{a.shows} {a.warning}".strip(), "warned": bool(a.warning)}
            for n, a in methods
        ],
    }


def ends_of_stages(rows: Sequence[MapLayer]) -> set[str]:
    """Paths of the last layer of every size: a network's stages end where its maps shrink."""
    found = [row for row in rows if "Padding" not in row["class"] and "Cropping" not in row["class"]]
    sizes = [(row["height"], row["width"]) for row in found]
    return {row["path"] for i, row in enumerate(found) if i + 1 == len(found) or sizes[i] != sizes[i + 1]}
