"""The table of two networks' layers as the browser draws it: a bar a layer, and the chosen one in numbers."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dashboard.runs.spec_form import changed_fields
from dashboard.widgets.predictions import class_rows, prediction_groups
from dashboard.widgets.text import count, fixed
from shared.analyses import parse_spec
from shared.analyses.compare_models.figures import STATES, distance_words
from shared.analyses.compare_models.parts import MovedWeights, TableFacts, TableRow, WeightedLayer
from shared.analyses.compare_models.spec import SIDES, Side
from shared.errors import ConvscopeError
from shared.store import RunRecord

# Of the layers that one side has alone.
SHOWN_ALONE = 6


def strip_data(run: RunRecord, table: TableFacts, chosen: TableRow) -> dict[str, Any]:
    """What the browser needs to draw the strip of layers, as JSON values."""
    layers = [_chip(row) for row in table["layers"]]
    return {"key": f"{run.key}/{run.submitted_at}", "layers": layers, "selected": chosen["path"], "ahead": []}


def _chip(row: TableRow) -> dict[str, Any]:
    still, distance = row["state"] == "frozen", distance_words(row["distance"])
    words = STATES[row["state"]] if still else f"distance {distance}, {STATES[row['state']]}"
    return {
        "path": row["path"],
        "class": row["class"],
        "detail": "frozen" if still else distance,
        "words": f"{words}, drawn below" if row["part"] > 0 else words,
        "drawn": row["part"] > 0,
        "still": still,
    }


def verdict(table: TableFacts) -> list[str]:
    """What came out, in a figure and a sentence."""
    matched, moved, drift = table["matched"], table["moved"], table["statistics"]
    alone: list[WeightedLayer] = [*table["only_before"], *table["only_after"]]
    rest = f" {count(len(alone), 'layer')} stand{'s' * (len(alone) == 1)} on one side only." if alone else ""
    if not moved and not drift:
        whole = "The two networks are the same." if not alone else "What both networks have is the same."
        return ["Nothing moved", f"{whole} All weights of {count(matched, 'layer')} are equal, bit for bit.{rest}"]
    still = table["frozen"]
    frozen = f" {still:,} {'is' if still == 1 else 'are'} frozen: not one bit changed." if still else ""
    statistics = f" In {drift:,} only running statistics moved." if drift else ""
    return [f"{moved:,} of {matched:,}", f"layers moved.{frozen}{statistics}{rest}"]


def panel_data(run: RunRecord, table: TableFacts, row: TableRow, titles: Mapping[str, str]) -> dict[str, Any]:
    """What stands at the right: the chosen layer in numbers, and what both networks say of the picture."""
    alone = {"before": table["only_before"], "after": table["only_after"]}
    return {
        "title": row["path"].split("/")[-1],
        "note": _where(row),
        "facts": _facts(row),
        "weights": [_weight(one) for one in row["weights"]] if len(row["weights"]) > 1 else [],
        "predictions": [group for side in SIDES for group in _answers(table, side, titles[side])],
        "alone": [
            {"title": f"Only {side}: {titles[side]}", "names": _names(layers)}
            for side, layers in alone.items()
            if layers
        ],
    }


def _answers(table: TableFacts, side: Side, title: str) -> list[dict[str, Any]]:
    """What one network says of the picture: a group an output."""
    head = f"{side.capitalize()}: {title}"
    top = table["top_before"] if side == "before" else table["top_after"]
    said = table.get("outputs_before" if side == "before" else "outputs_after")
    if not isinstance(said, list):  # of an earlier release
        return [{"title": head, "rows": top and class_rows(top)}]
    groups = prediction_groups(said)
    names = [f", {one['output']}" if len(said) > 1 else "" for one in said]
    found = [{"title": f"{head}{name}", "rows": group["rows"]} for name, group in zip(names, groups, strict=True)]
    return found or [{"title": head, "rows": None}]


def _where(row: TableRow) -> str:
    if row["path"] == row["path_after"]:
        return row["path"] if "/" in row["path"] else ""
    return f"{row['path']} before, {row['path_after']} after"


def _facts(row: TableRow) -> list[list[str]]:
    cosine = "none, from zero" if row["cosine"] is None else fixed(row["cosine"], 4)
    return [
        ["State", STATES[row["state"]].partition(":")[0]],
        ["Distance", distance_words(row["distance"])],
        ["Cosine", cosine],
        ["Unchanged", share_words(row["unchanged"])],
        ["Weights", f"{row['parameters']:,}"],
        ["Class", row["class"]],
    ]


def share_words(share: float) -> str:
    """A share in percent; 100 % is said of all only, 0 % of none."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share < 0.0005:
        return "below 0.1 %"
    return "above 99.9 %" if share > 0.9995 else f"{100 * share:.1f} %"


def _weight(one: MovedWeights) -> list[str]:
    return [one["name"].replace("_", " "), "frozen" if one["unchanged"] == 1 else distance_words(one["distance"])]


def _names(rows: Sequence[WeightedLayer]) -> list[str]:
    names = [f"{row['path']} · {row['class']}" for row in rows[:SHOWN_ALONE]]
    return names + ([f"and {len(rows) - SHOWN_ALONE} more"] if len(rows) > SHOWN_ALONE else [])


def draw_url(run: RunRecord, path: str) -> str:
    """Address of the same comparison with this layer drawn; "" where the run's fields are of another release."""
    try:
        spec = parse_spec(run.kind, {**run.fields, "layers": [path]})
    except ConvscopeError:
        return ""
    return "/compare?" + urlencode(changed_fields(spec))
