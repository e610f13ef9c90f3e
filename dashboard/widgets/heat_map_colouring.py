"""How heat maps are looked at: everything that changes no number, read from the page's address."""

from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from dashboard.server.addresses import SignedAddress
from dashboard.widgets.address import one_of
from shared.analyses.heat_maps import HEAT_COLOURS, PIXEL_SHARE, HeatColour
from shared.images.feature_maps import palette

# All maps of one array, each divided by its own largest absolute value: float16, little-endian.
heat_url = SignedAddress("/img/heat/{key}/{stamp}/{index:int}/{array}.f16")
# States of an element, called like the parameters of the address.
STATES = ("opacity", "threshold", "colour", "scale", "box", "values", "at")
SCALES = ("shared", "own")
VALUES = ("positive", "signed")
START_OPACITY, START_THRESHOLD = 65, 0
# What a link carries along besides the run.
KEPT = (*STATES, "show", "picture", "wrong", "check")
ALL = "all"


@dataclass(frozen=True)
class Colouring:
    """What the address says of the view, with its defaults.

    Attributes:
        opacity: of the last colour, percent.
        threshold: percent of the reach below which the photograph is left alone.
        colour: of maps that are not signed.
        scale: "shared", one for all maps of a method, or "own".
        box: whether the strongest region is framed.
        values: "positive", the published map, or "signed".
        at: method and class of the map that is described, "grad_cam/386"; "" for the first.
        show: the method whose maps are shown, or "all".
    """

    opacity: int
    threshold: int
    colour: HeatColour
    scale: str
    box: bool
    values: str
    at: str
    show: str


def colouring_of_address() -> Colouring:
    """Read the address; what it does not say, or says wrongly, is at its default."""
    query = st.query_params
    return Colouring(
        _percent(query.get("opacity", ""), START_OPACITY),
        _percent(query.get("threshold", ""), START_THRESHOLD),
        cast(HeatColour, one_of(query.get("colour", ""), HEAT_COLOURS)),
        one_of(query.get("scale", ""), SCALES),
        query.get("box", "") != "off",
        one_of(query.get("values", ""), VALUES),
        query.get("at", ""),
        query.get("show", ""),
    )


def _percent(text: str, start: int) -> int:
    return int(text) if text.isdigit() and int(text) <= 100 else start


def colouring_data(colouring: Colouring) -> dict[str, Any]:
    """What the browser needs to colour, as JSON values; `palettes` are 255 colours each, RRGGBB without spaces."""
    return {
        "opacity": colouring.opacity,
        "threshold": colouring.threshold,
        "colour": colouring.colour,
        "scale": colouring.scale,
        "box": colouring.box,
        "values": colouring.values,
        "at": colouring.at,
        "palettes": {name: palette(name).tobytes().hex() for name in (*HEAT_COLOURS, "diverging")},
    }


def reach_share(place: str) -> float:
    """Share of a map's values that stay below the last colour; see shared.analyses.heat_maps.reach_of()."""
    return PIXEL_SHARE if place == "pixels" else 1.0
