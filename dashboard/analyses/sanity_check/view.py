"""Whether a heat map can be trusted: asked for beside the map, and shown there."""

import streamlit as st

from dashboard.analyses.sanity_check.row import sanity_row
from dashboard.runs import view as job_view
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.heat_map_colouring import Colouring
from dashboard.widgets.text import class_name, escape
from shared.analyses.attribution.spec import Attribution
from shared.analyses.heat_map_methods import METHODS
from shared.analyses.sanity_check.spec import SanityCheck
from shared.analyses.typed_parts import LikelyClass
from shared.errors import ConvscopeError
from shared.store import RunRecord

# Parameter of the address that names a check with settings of its own.
CHECK = "check"
PLAN = (
    "The map again with the weights randomised from the head down, and the probability as pixels are taken away or "
    "put in, strongest first: some seconds to a minute."
)


def sanity_section(spec: Attribution, image: str, method: str, row: LikelyClass, colouring: Colouring) -> None:
    """Draw the section below the maps.

    Args:
        spec: of the maps.
        image: reference of the picture.
        method: whose map is checked.
        row: the class.
        colouring: how the maps are looked at; the check's are coloured alike.
    """
    title = METHODS[method].title  # type: ignore[index]
    st.subheader("Can this map be trusted?", anchor=False)
    st.caption(escape(f"{title} for {class_name(row)}. A map that stays when the network forgets what it learned "
                      "shows the picture's edges, not the network's reasons."))  # fmt: skip
    try:
        key, check = shown_check(spec, image, method, row["class"])
    except ConvscopeError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    draw = lambda run: sanity_row(run, method, colouring)  # noqa: E731
    job_view.show(key, check, View(draw=draw, plan=PLAN, leads=False))


def shown_check(spec: Attribution, image: str, method: str, number: int) -> tuple[str, SanityCheck]:
    """Key and request of the check of a map: the one that the address names if it is of this map, else the usual one.

    Raises:
        ConvscopeError: the request cannot be.
    """
    client = get_client()
    check = client.resolve(check_of(spec, image, method, number))
    named = client.record(st.query_params.get(CHECK, "") or "-")
    if isinstance(check, SanityCheck) and named.kind == SanityCheck.kind and is_of(named, check):
        return named.key, check
    return check.key(), check  # type: ignore[return-value]


def check_of(spec: Attribution, image: str, method: str, number: int) -> SanityCheck:
    """The usual check of a map."""
    same = {name: value for name, value in spec.changed().items() if name in SanityCheck.model_fields}
    fields = same | {"image": image, "methods": [method], "classes": [number]}
    return SanityCheck.from_fields(fields)  # type: ignore[return-value]


def is_of(run: RunRecord, check: SanityCheck) -> bool:
    """Whether a check is of the same map, whatever its depths and points."""
    fields, wanted = run.fields, check.model_dump(mode="json")
    same = all(fields.get(name) == wanted[name] for name in ("model", "image", "layers", "resize"))
    return same and set(wanted["methods"]) <= set(fields["methods"]) and fields["classes"] in ([], wanted["classes"])
