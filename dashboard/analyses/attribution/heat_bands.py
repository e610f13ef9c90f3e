"""The heat map of one band of a picture with many: which band the page shows, and what is to be known of it."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from dashboard.widgets.address import choose_kept
from dashboard.widgets.heat_map_colouring import heat_url
from dashboard.widgets.text import percent, short
from shared.analyses.attribution.parts import ClassMap, MethodFacts
from shared.store import RunRecord

PARAMETER = "band"
TOGETHER, MOST_LISTED = "", 6


def choose_band(count: int) -> None:
    """Draw the choice of the band whose heat maps are shown; nothing where there are none.

    Args:
        count: of the bands that have maps of their own.
    """
    if count:
        options = [TOGETHER, *map(str, range(1, count + 1))]
        choose_kept(PARAMETER, "heat-band", options, lambda: st.selectbox(
            "Heat maps of", options, key="heat-band", format_func=lambda band: f"band {band}" if band else "all bands",
            help="Methods that give a value a pixel and band; others stay as they are.",
        ))  # fmt: skip


def chosen_band(facts: MethodFacts) -> int:
    """The band that is shown of a method's maps, from 1; 0 for all together."""
    text, count = st.query_params.get(PARAMETER, ""), band_count(facts)
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= count else 0


def band_count(facts: MethodFacts) -> int:
    """How many bands a method has maps of; 0 where it has none by band."""
    return int((facts.get("arrays") or {}).get("bands", [0])[-1]) if facts else 0


def band_urls(run: RunRecord, index: int, facts: MethodFacts, band: int) -> dict[str, str]:
    """Addresses of the values of one band's maps."""
    signed = {} if facts["signed"] else {"signed": heat_url(run, index, f"band_{band}_signed")}
    return {"maps": heat_url(run, index, f"band_{band}"), **signed}


def of_band(run: RunRecord, index: int, facts: MethodFacts, band: int, place: int) -> dict[str, Any]:
    """What differs in the description of a map where one band of it is shown.

    Args:
        run: whose.
        index: of the method's part.
        facts: of that part.
        band: which, from 1.
        place: of the class among the maps.
    """
    part = stored_part(get_client(), run, index)
    values = part.arrays["bands"][place, ..., band - 1] if part else np.zeros((1, 1), np.float32)
    signed = [float(values.min()), float(values.max())]
    shown = signed if facts["signed"] else [float(np.abs(values).min()), float(np.abs(values).max())]
    return {
        "limits": {"maps": shown, "signed": signed},
        "maximum": short(shown[1], 3),
        "positive": shown[1] > 0,
        "box": None,
        "where": f"Band {band} alone.",
    }


def band_rows(one: ClassMap) -> list[list[str]]:
    """How much of a map each band has, the largest share first."""
    shares = one.get("band_shares") or []
    order = sorted(range(len(shares)), key=lambda band: -shares[band])[:MOST_LISTED]
    return [["Bands", ", ".join(f"{band + 1}: {percent(shares[band])}" for band in order)]] if shares else []
