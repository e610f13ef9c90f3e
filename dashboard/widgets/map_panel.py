"""What stands at the right of a layer's sheet: one map large, the picture with a unit's field, predictions."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import numpy as np

from dashboard.widgets.address import channel_url
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.feature_maps import ViewState, map_colours, values_url
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.predictions import prediction_groups, predictions_of_outputs
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import short
from shared.analyses.activations.parts import LAYER, LayerFacts, PictureFacts
from shared.images.feature_maps import Limits
from shared.results import Part
from shared.store import RunRecord

map_panel = browser_element("map_panel")


def panel_data(
    run: RunRecord, first: PictureFacts, part: Part | None, state: ViewState, limits: Limits | None, mask: str = ""
) -> dict[str, Any]:
    """What the browser needs to draw the panel, as JSON values.

    Args:
        run: whose picture.
        first: facts of part 0.
        part: the layer that is shown; None while it is not made.
        state: what the address says; without a channel the picture stands alone.
        limits: the colours' limits.
        mask: address of the predicted mask over the picture; "" of a network that gives none.
    """
    data: dict[str, Any] = {
        "title": "What the network sees",
        "note": "Click a map, or reach it with Tab and the arrow keys, to lay it over the picture.",
        "mask": mask,
        "picture": {
            "url": seen_url(run.key, 0, "picture"),
            "height": first["height"],
            "width": first["width"],
            "alt": f"{picture_title(str(run.fields.get('image', '')))}, "
            f"{first['width']} × {first['height']} pixels, as the network sees it",
        },
        "map": None,
        "facts": [["Size", f"{first['width']} × {first['height']} px"]],
        "atlas": None,
        "groups": _groups(run, first),
    }
    if part is not None and limits is not None and state.channel is not None:
        data |= _channel_data(run, part, state, limits)
    return data


def _channel_data(run: RunRecord, part: Part, state: ViewState, limits: Limits) -> dict[str, Any]:
    row, channel = LAYER.read(part), state.channel or 0
    low, high = (float(side[channel]) for side in limits)
    values = {name: float(part.arrays[name][channel]) for name in ("minimum", "maximum", "mean", "zeros")}
    colours = map_colours(float(limits[0].min()), state.painting.scale, state.painting.colour)
    address = urlencode({"model": str(run.fields["model"]), "layer": row["path"], "tile": channel})
    return {
        "title": f"Channel {channel} of {row['path']}",
        "note": "",
        "map": {
            "url": values_url(run, row["part"], channel),
            "height": row["height"],
            "width": row["width"],
            "stride": row["stride"],
            "start": row["start"],
            "field": row["receptive_field"],
            "low": low,
            "high": high,
            "zscore": _mean_and_deviation(part, channel) if state.painting.scale == "zscore" else None,
        },
        "palette": colours.tolist(),
        "facts": _facts(row, values),
        "switch": "/switches?"
        + urlencode(
            {"model": str(run.fields["model"]), "image": str(run.fields["image"]), "layer": row["path"], "off": channel}
        ),
        "atlas": {"label": f"Channel {channel} in the layer atlas", "url": f"/atlas?{address}"},
        "channel": channel_url(
            str(run.fields["model"]), row["path"], channel, lens="map", picture=str(run.fields["image"])
        ),
    }


def _mean_and_deviation(part: Part, channel: int) -> list[float]:
    values = part.arrays["maps"][..., channel].astype(np.float32)
    return [float(values.mean()), float(values.std())]


def _facts(row: LayerFacts, values: Mapping[str, float]) -> list[list[str]]:
    field = row["receptive_field"]
    return [
        ["Range", f"{short(values['minimum'])} … {short(values['maximum'])}"],
        ["Mean", short(values["mean"])],
        ["Zeros", f"{100 * values['zeros']:.1f} %"],
        ["Units", f"{row['height']} × {row['width']}, {row['stride']:g} px apart"],
        ["Receptive field", "the whole picture" if field is None else f"{field:g} × {field:g} px"],
    ]


def _groups(run: RunRecord, first: PictureFacts) -> list[dict[str, Any]]:
    """What each output says; every class and number has the address of its heat map."""
    answers = predictions_of_outputs(first)
    groups = prediction_groups(answers)
    for answer, group in zip(answers, groups, strict=True):
        numbers = [row["class"] for row in answer["top"]] or range(len(group["rows"]))
        for number, row in zip(numbers, group["rows"], strict=False):
            row["why"] = _why(run, number, answer["output"] if len(answers) > 1 else "")
    return groups


def _why(run: RunRecord, number: int, output: str) -> str:
    """Address of the class's heat map for the same model and picture."""
    same: dict[str, object] = {n: run.fields[n] for n in ("model", "image", "resize") if n in run.fields}
    return "/heat-maps?" + urlencode(same | ({"model_output": output} if output else {}) | {"classes": number})
