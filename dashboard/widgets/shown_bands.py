"""Which three bands of a picture are shown as red, green and blue: one setting a page, which stands in its address."""

import streamlit as st

from dashboard.server.addresses import SignedAddress, animation_url, part_url, preview_url
from dashboard.server.parts import facts_of
from dashboard.widgets.address import remember
from shared.analyses.band_arrays import BANDS
from shared.images.bands import read_bands, usable_bands
from shared.store import RunRecord

PARAMETER = "bands"
_COLOURS = ("Red", "Green", "Blue")


def chosen_bands() -> tuple[int, ...]:
    """What the address says: three bands, one to be shown as grey, or () for the usual ones."""
    return read_bands(st.query_params.get(PARAMETER, ""))


def seen_url(key: str, index: int, name: str) -> str:
    """A picture of a part in the chosen bands, where it has more than three."""
    return with_bands(part_url, key, index, name)


def preview_seen_url(run: RunRecord, index: int, name: str) -> str:
    """The same of a part that is not finished, as it looks now."""
    return with_bands(preview_url, run, run.previewed, index, name)


def with_bands(address: SignedAddress, of: RunRecord | str, *values: object) -> str:
    """An address of something that is drawn in the chosen bands."""
    return address(of, *values) + bands_query()


def animation_seen_url(key: str, index: int) -> str:
    """An animation of a part in the chosen bands."""
    return with_bands(animation_url, key, index)


def bands_query() -> str:
    """What an address of something that is drawn in the chosen bands ends with; "" for the usual ones."""
    bands = chosen_bands()
    return f"?{PARAMETER}={','.join(map(str, bands))}" if bands else ""


def band_count(run: RunRecord) -> int:
    """How many bands the pictures of a run have; 0 where those are grey or RGB, or not made yet."""
    shapes = facts_of(run, 0).get("arrays", {}) if run.done else {}
    return next((int(shape[-1]) for name, shape in shapes.items() if name.endswith(BANDS)), 0)


def choose_bands(count: int) -> None:
    """Draw the choice of bands and write it into the address; nothing where there is none.

    Args:
        count: of the bands that there are.
    """
    if count < 2:
        return
    known = usable_bands(chosen_bands(), count)
    words = f"Shown: band {known[0]}" if len(known) == 1 else f"Shown: bands {', '.join(map(str, known))}"
    with st.popover(
        words, icon=":material/palette:", help=f"Three of the {count} bands are shown as red, green, blue."
    ):
        places = st.columns(3)
        for colour, place in enumerate(places):
            key = f"bands/{_COLOURS[colour]}"
            st.session_state[key] = known[min(colour, len(known) - 1)]
            place.selectbox(_COLOURS[colour], range(1, count + 1), key=key, on_change=_chosen, args=(count,))
    if st.session_state.pop("bands/changed", False):
        st.rerun()  # pictures outside of this fragment, the chosen one's thumbnail, change too


def _chosen(count: int) -> None:
    bands = tuple(int(st.session_state[f"bands/{colour}"]) for colour in _COLOURS)
    bands = bands[:1] if len(set(bands)) == 1 else bands
    remember({PARAMETER: None if bands == usable_bands((), count) else ",".join(map(str, bands))})
    st.session_state["bands/changed"] = True
