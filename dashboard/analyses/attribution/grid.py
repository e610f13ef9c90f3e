"""Many pictures at once: each with its heat map and what the network takes it for; a click opens one."""

from typing import Any

import streamlit as st

from dashboard.analyses.attribution.routes import thumbnail_url
from dashboard.analyses.attribution.stage import part_of
from dashboard.server.parts import facts_of
from dashboard.widgets.heat_map_colouring import Colouring, colouring_data, heat_url, reach_share
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.predictions import number_words
from dashboard.widgets.shown_bands import with_bands
from dashboard.widgets.text import class_name, percent
from shared.analyses.attribution.parts import METHOD, PICTURE, MethodFacts, PictureFacts
from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_map_methods import METHODS
from shared.store import RunRecord


def grid_data(run: RunRecord, spec: Attribution, colouring: Colouring) -> dict[str, Any]:
    """What the browser needs, as JSON values: a tile a picture that is there already."""
    method = colouring.show if colouring.show in spec.methods else spec.methods[0]
    tiles = [_tile(run, spec, number, method) for number in range(len(spec.pictures))]
    return {
        "title": f"{METHODS[method].title} of {len(spec.pictures)} pictures",
        "colouring": colouring_data(colouring),
        "tiles": [tile for tile in tiles if tile],
        "known": bool(spec.truths),
        "wrong": st.query_params.get("wrong", "") == "1",
    }


def _tile(run: RunRecord, spec: Attribution, number: int, method: str) -> dict[str, Any] | None:
    at = part_of(spec, number)
    first = PICTURE.read(facts_of(run, at))
    facts = METHOD.read(facts_of(run, part_of(spec, number, method)))
    if not first:
        return None
    truth, numbers = first.get("truth"), first.get("numbers", [])
    top = first["top"][0] if first["top"] else None
    return {
        "number": number,
        "title": picture_title(spec.pictures[number]),
        "picture": with_bands(thumbnail_url, run, at),
        "height": first["height"],
        "width": first["width"],
        "said": class_name(top) if top else numbers[0]["name"] or "number",
        "share": percent(top["probability"]) if top else number_words(numbers[0]),
        "truth": class_name(truth) if truth else "",
        "wrong": first.get("wrong"),
        "map": _map(run, part_of(spec, number, method), facts, first) if facts else None,
    }


def _map(run: RunRecord, index: int, facts: MethodFacts, first: PictureFacts) -> dict[str, Any]:
    """The first class's map."""
    one = facts["maps"][0]
    return {
        "url": heat_url(run, index, "maps"),
        "height": facts["height"],
        "width": facts["width"],
        "grid": facts.get("grid"),
        "reach_share": reach_share(facts["place"]),
        "signed": facts["signed"],
        "limits": [one["raw_min"], one["raw_max"]],
        "positive": one["positive_evidence"],
        "of": class_name(first["classes"][0]),
        "box": one["box"],
    }
