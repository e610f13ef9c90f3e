"""How pictures go into a run's network where that is only assumed: said in the header, the other ways at a click."""

import json
import re
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.runs.run_now import compute_now
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of
from dashboard.widgets.address import remember
from dashboard.widgets.errors import error_markdown
from dashboard.widgets.text import escape
from shared.analyses import InspectModel
from shared.analyses.inspect_model.parts import TABLE, WayIn
from shared.analyses.inspect_model.proof_words import range_words, top_words
from shared.client import with_way_in
from shared.errors import ConvscopeError
from shared.library.preprocessing import written_out
from shared.store import RunRecord

REFERENCE = re.compile(r"sha256:[0-9a-f]{64}")


def assumed_scales(run: RunRecord) -> dict[str, str]:
    """Networks of a run whose scale is only assumed: reference to how pictures go in; as the run or the models say."""
    references = dict.fromkeys(REFERENCE.findall(json.dumps(run.fields)))  # a playground names its lenders deep inside
    found = {one: get_client().models.proofs.of(one) for one in references}
    noted: Mapping[str, str] = run.facts.get("assumed_scales", {})
    return {**noted, **{one: proof["preprocess"] for one, proof in found.items() if proof.get("assumed")}}


def scale_warning(run: RunRecord) -> str:
    """ "assumed 0…1", for the line above a run's pictures; "" where it is known."""
    return ", ".join(dict.fromkeys(f"assumed {range_words(way)}" for way in assumed_scales(run).values()))


def scale_choices(run: RunRecord) -> None:
    """Below the line of a run whose scale is assumed: the other ways, with what the network says under each."""
    scales = assumed_scales(run) if run.kind != InspectModel.kind else {}  # whose page has them at its side
    for reference, way in scales.items():
        words = f"Preprocessing: {range_words(way)}, which is assumed"
        fold = st.popover(words, key=f"scale/{run.kind}/{reference}", on_change="rerun", icon=":material/straighten:")
        if fold.open:
            with fold:
                st.markdown("Nothing in this network's file tells how its pictures were scaled. Choose the way that it "
                            "was trained with; what was computed so far stays as it is.")  # fmt: skip
                _offer(reference, way, str(run.fields.get("image") or ""))


def _offer(reference: str, used: str, image: str) -> None:
    client = get_client()
    ways: Sequence[WayIn] = client.models.proofs.of(reference).get("ways", [])
    whose = "a sample photograph"
    if image:
        try:
            key = compute_now(client, client.resolve(InspectModel(model=reference, image=image)))
            asked = client.record(key)
            if asked.status == "complete":
                ways, whose = TABLE.read(facts_of(asked, 0)).get("ways", ways), "this picture"
        except ConvscopeError as error:
            st.caption(error_markdown(str(error)))
    if ways:
        st.caption(f"Beside each way, the likeliest classes of {whose}.")
    way_buttons("run", reference, used, ways)


def way_buttons(place: str, reference: str, used: str, ways: Sequence[WayIn]) -> None:
    """A button for each way in which pictures may go in, with the likeliest classes that it leads to.

    Args:
        place: of the buttons on the page, for their keys.
        reference: of the network.
        used: the way it is used in now.
        ways: from its layer table; those that there are where it ends in no classes.
    """
    rows: Sequence[WayIn] = ways or [{"preprocess": text, "top": []} for text in ("0..1", "-1..1", "0..255")]
    for row in rows:
        way = row["preprocess"]
        left, right = st.columns(2, vertical_alignment="center")
        label = f"{'Keep' if way == used else 'Use'} {range_words(way)}"
        pressed = left.button(label, key=f"{place}/{reference}/{way}", help=written_out(way), width="stretch",
                              on_click=use_way, args=(reference, way))  # fmt: skip
        if pressed:
            st.rerun()
        right.caption(escape(top_words(row["top"])))


def use_way(reference: str, way: str) -> None:
    """Have pictures go into a network in a way from now on; what is chosen in the session and the address follows."""
    new = with_way_in(get_client(), reference, way)
    for key, value in list(st.session_state.items()):
        if value == reference:
            st.session_state[key] = new
    remember({name: new for name, value in st.query_params.items() if value == reference})
