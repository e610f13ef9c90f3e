"""What a step shows: a run in its own page's view, a picture of ours, an element of the browser, a link to a page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from dashboard.analyses import find_in_room
from dashboard.analyses.playground.function_sheet import function_sheet
from dashboard.analyses.playground.window_walk import window_walk
from dashboard.page_entry import PageEntry
from dashboard.page_table import page_at, page_of_kind, script
from dashboard.runs import view as job_view
from dashboard.runs.run_now import GO, compute_now
from dashboard.runs.spec_form import changed_fields
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.team.lessons.lesson import Block
from dashboard.team.lessons.way_back import BACK
from dashboard.widgets.errors import show_error
from shared.analyses import JobSpec
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.architectures import architecture
from shared.library.bundled import STAND_IN

PICTURES = Path(__file__).parent / "pictures"
ELEMENTS = {"window_walk": window_walk, "function_sheet": function_sheet}
# Fields of a heat map that a click on it changes.
WISHED = ("classes", "methods", "layers", "region")


def shown_blocks(blocks: Sequence[Block], imagenet: Mapping[str, str]) -> tuple[list[Block], str]:
    """The blocks for the weights at hand, and the architecture that is missing; "" for none.

    Args:
        blocks: of a step.
        imagenet: architectures with ImageNet weights, each with its reference.
    """
    wanted = [block for block in blocks if block.weights]
    usable = next((block for block in wanted if block.weights in imagenet), None)
    if usable is None:
        return [block for block in blocks if not block.weights], wanted[0].weights if wanted else ""
    return [block for block in blocks if block.kind != "run" or block is usable], ""


def show_blocks(blocks: Sequence[Block], imagenet: Mapping[str, str], back: str) -> None:
    """Draw what a step shows.

    Args:
        blocks: of the step.
        imagenet: see shown_blocks().
        back: the step, as the address of another page names it.
    """
    shown, missing = shown_blocks(blocks, imagenet)
    if missing:
        network = architecture(missing).function
        st.caption(f"This server has no ImageNet weights for {network}, so this step uses the bundled network. Add "
                   "them on the page Models, and it uses those.")  # fmt: skip
    for block in shown:
        if block.kind == "picture":
            _picture(*block.lines)
        elif block.kind == "element":
            ELEMENTS[block.lines[0]]()
        elif block.kind == "page":
            _link(block, back)
        elif block.kind == "key":
            _pinned(block, back)
        else:
            _run(block, imagenet, back)


def _picture(file: str, alt: str, caption: str = "") -> None:
    st.image(str(PICTURES / file), alt=alt, width="stretch")
    if caption:
        st.caption(caption)


def _link(block: Block, back: str) -> None:
    path, words = block.lines
    page = page_at(path)
    st.page_link(page.file, label=words, icon=page.icon, query_params={**block.view, BACK: back})


def _run(block: Block, imagenet: Mapping[str, str], back: str) -> None:
    client = get_client()
    try:
        asked = block.spec(imagenet.get(block.weights, ""))
        spec = client.resolve(asked)
    except ConvscopeError as error:
        show_error(str(error))
        return
    _follow_wish(spec, back)
    if at_once(asked):
        compute_now(client, spec)
    view = find_in_room(spec.kind, "VIEW", "view")
    job_view.show(spec.key(), spec, replace(view, leads=False))
    _own_page(client, spec.kind, spec.key(), spec, block.view, back)


def _pinned(block: Block, back: str) -> None:
    """A result that somebody pinned, in its page's view; where that draws nothing by itself, its small picture."""
    client, (key,) = get_client(), block.lines
    run, piece = client.record(key), client.results.gallery.get(key)
    if not run.kind:
        st.warning("The result of this step was deleted.", icon=":material/link_off:")
        return
    if (spec := run.spec()) is not None:
        _follow_wish(spec, back)
    view = find_in_room(run.kind, "VIEW", "view") if isinstance(find_in_room(run.kind, "PAGE"), PageEntry) else None
    if view is not None and view.draw is not View.draw:
        job_view.show(key, None, replace(view, leads=False))
    elif piece and piece.thumbnail:
        st.image(client.library.files.read(piece.thumbnail), alt="", width="stretch")
    _own_page(client, run.kind, key, None, block.view, back)


def at_once(spec: JobSpec) -> bool:
    """Whether a step may ask for a run by itself: a blink on the interactive queue, without weights of any size.

    Args:
        spec: as the lesson names it; what it names is not replaced by references yet.
    """
    return spec.queue == "interactive" and getattr(spec, "model", None) in (None, STAND_IN)


def _own_page(client: Client, kind: str, key: str, spec: JobSpec | None, view: Mapping[str, str], back: str) -> None:
    """The link to the page of the run, where everything about it can be changed, with the way back in its address."""
    page = page_of_kind(kind)
    if page is not None:
        there = client.record(key).kind or spec is None
        query = {"run": key} if there else changed_fields(spec) if spec else {}
        seen = {name: st.query_params.get(name, value) for name, value in view.items()}
        verb = "Change" if spec else "Open"
        st.page_link(page.file, label=f"{verb} it on the page {page.title}", icon=page.icon,
                     query_params={**query, **seen, BACK: back})  # fmt: skip


def _follow_wish(spec: JobSpec, back: str) -> None:
    """A click on a heat map that asks for another method or class leads to the page where it is computed."""
    if spec.kind == "attribution" and st.session_state.get(GO):
        wished = {name: str(st.session_state.get(f"{spec.kind}.{name}") or "") for name in WISHED}
        changed = {**changed_fields(spec), **{name: value for name, value in wished.items() if value}}
        st.switch_page(script("heat-maps"), query_params={**changed, BACK: back})
