"""Header, link, exports, submit, watch, cancel, retry: once, for every page that shows a run."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from dashboard.runs.act_button import act_button
from dashboard.runs.header import header_line
from dashboard.runs.input_scale import scale_choices, scale_warning
from dashboard.runs.live_bar import live_bar
from dashboard.runs.notify import notify_button, notify_over
from dashboard.runs.other_networks import lacks_weights
from dashboard.runs.start_box import hindrance, start_box
from dashboard.server.connection import explaining_errors, get_client
from dashboard.widgets.address import permalink
from dashboard.widgets.errors import show_error
from dashboard.widgets.model_choice import has_random_weights, model_title
from dashboard.widgets.shown_bands import PARAMETER as BANDS
from dashboard.widgets.shown_bands import band_count, choose_bands
from dashboard.widgets.text import count, duration, escape
from shared.analyses import KINDS, JobSpec
from shared.errors import StoreUnavailable, retry_helps
from shared.library.titles import made_words
from shared.store import RunRecord

log = logging.getLogger(__name__)
# Without a bar that asks: of a run whose worker vanished, and to be sure of one whose bar fell silent.
LOST_SECONDS, SURE_SECONDS = 2.0, 60.0
# How long somebody stays before what is computed by itself is asked for; the key in the session of what was seen last.
SOON_SECONDS, SEEN = 1.0, "runs/seen"


def exists(run: RunRecord) -> bool:
    """Whether somebody asked for the run; one that is only imagined has no link."""
    return run.submitted_at > 0


def model_of(run: RunRecord) -> str:
    """What a person calls the run's network."""
    return model_title(str(run.fields["model"]), get_client().models.names(), str(run.facts.get("model", "")))


def default_warning(run: RunRecord) -> str:
    """What nobody may overlook: random weights, or what the run itself noted."""
    random = run.facts.get("weights") == "random" or has_random_weights(str(run.fields.get("model") or ""))
    return "untrained" if random else str(run.facts.get("note") or "")


def ascent_settings(run: RunRecord) -> list[str]:
    """Mode, size and steps, as far as the run has them."""
    fields, size = run.fields, run.facts.get("metrics", {}).get("size") or run.fields.get("size")
    steps = fields.get("steps")
    return [str(fields.get("mode", "")), f"{size} px" if size else "", count(steps, "step") if steps else ""]


def ascent_from(run: RunRecord) -> list[str]:
    """The same, and the picture that the ascent started from."""
    image = run.fields.get("image")
    return [*ascent_settings(run), f"from {image}" if image else ""]


def _none(_: RunRecord) -> Sequence[str]:
    return ()


def _nothing(_: RunRecord) -> None:
    """What is drawn elsewhere, or when it is complete."""


@dataclass(frozen=True, kw_only=True)
class View:
    """How a page shows a run: what is its own. The job view draws the rest, see show().

    Attributes:
        noun: what the run makes ("atlas"); as the record of its kind says by default.
        part: what one part is ("tile"); as that record says by default.
        draw: draws the parts that are there; called when there are some, or some will come.
        whose: what comes first in the header; the network by default.
        steps: what comes behind it, from the whole to the part (layer, channel); "" is left out.
        details: settings in the header's small print; precision and time follow. "" is left out.
        warning: what nobody may overlook; untrained networks by default.
        files: what of the result can be exported, in words, and its file's name or address. The manifest, the report
            and the whole result are offered behind them.
        growing: whether these files are there before the run is over.
        kept: parameters of the address that a link to the view keeps ("tile").
        link: path and query to share; the run's permalink with what is kept by default.
        plan: how much there is to do, said before it is asked for; or what says so of a spec.
        usually: how long it takes as a rule, said of a spec where no such run was made here yet.
        ask: what the button that asks for it says; "Make the <noun>" by default.
        always: whether `draw` is called before anything of the run is there, with what else is known.
        by_itself: whether the run is asked for without a click, as soon as somebody stays with it for a second.
        leads: whether the page is about this run: it has the header, and the address names it once somebody asks for
            it. Not so for a second run on a page.
    """

    noun: str = ""
    part: str = ""
    draw: Callable[[RunRecord], None] = _nothing
    whose: Callable[[RunRecord], str] = model_of
    steps: Callable[[RunRecord], Sequence[str]] = _none
    details: Callable[[RunRecord], Sequence[str]] = ascent_settings
    warning: Callable[[RunRecord], str] = default_warning
    files: Mapping[str, str] | Callable[[RunRecord], Mapping[str, str]] = field(default_factory=dict)
    growing: bool = False
    kept: Sequence[str] = ()
    link: Callable[[RunRecord], str] | None = None
    plan: str | Callable[[Any], str] = ""
    usually: Callable[[Any], str] = lambda _: ""
    ask: str = ""
    always: bool = False
    by_itself: bool = False
    leads: bool = True


def run_header(run: RunRecord, view: View) -> None:
    """Draw the line above a run's pictures: where one is, settings and time, the link, pin, share and export."""
    finished, there = run.status == "complete", exists(run)
    details = [*view.details(run), run.precision, duration(run.seconds) if finished else ""]
    header_line(
        [view.whose(run), *view.steps(run)],
        details,
        key=run.key if there else "",
        link=view.link(run) if view.link else _permalink(run, view) if there else "",
        warning=", ".join(filter(None, (view.warning(run), scale_warning(run)))),
        model=str(run.fields.get("model") or ""),
        files=_files(run, view) if finished or (view.growing and run.done and run.status != "absent") else {},
    )
    if run.pictures_in:
        st.caption(escape(run.pictures_in))
    scale_choices(run)


def _permalink(run: RunRecord, view: View) -> str:
    return permalink(run.key, **{name: st.query_params.get(name) for name in (*view.kept, BANDS)})


def _files(run: RunRecord, view: View) -> dict[str, str]:
    return {**(view.files(run) if callable(view.files) else view.files), "What made it": "manifest.json"}


def show(key: str, spec: JobSpec | None, view: View) -> None:
    """Draw a run, and keep drawing it until it is over.

    While it waits or runs, the bar in the browser asks how far it is, and has it drawn when there is something new.

    Args:
        key: the run.
        spec: what to compute when it does not exist; None offers nothing.
        view: how the page draws it.
    """
    every = _every(get_client().record(key), spec, view)
    if kind := KINDS.get(key.partition("-")[0]):
        view = replace(view, noun=view.noun or kind.noun, part=view.part or kind.part)
    st.fragment(_watch, run_every=every)(key, spec, view, every)


def _every(run: RunRecord, spec: JobSpec | None, view: View) -> float | None:
    """Seconds between two looks of the fragment's own; None when nothing will happen by itself."""
    if not run.kind and spec is not None and view.by_itself:
        return SOON_SECONDS
    if run.over:
        return None
    return LOST_SECONDS if run.status == "lost" else SURE_SECONDS


def _watch(key: str, spec: JobSpec | None, view: View, every: float | None) -> None:
    with explaining_errors():
        run = get_client().record(key)
        if _every(run, spec, view) != every:
            st.rerun()  # it ended, or somebody began it: how often to look is set with the page
        if view.leads and (run.kind or spec is not None):
            run_header(run if run.kind or spec is None else _imagined(run, spec), view)
        with st.container():  # one place whatever it holds: what is drawn below it stays mounted when a run ends
            STATES[run.status](run, spec, view)
        if run.status != "absent" and (run.done or run.previews or not run.over):
            if run.status == "complete":
                get_client().store.parts.note_view(run.key)
            _draw(run, view)
        elif run.status == "absent" and view.always and (run.kind or spec is not None):
            _draw(run if run.kind or spec is None else _imagined(run, get_client().resolve(spec)), view)


def _draw(run: RunRecord, view: View) -> None:
    """The result; parts of an import that their page cannot draw are said to be so, and harm no other page."""
    try:
        choose_bands(band_count(run))
        view.draw(run)
    except StoreUnavailable:
        raise
    except Exception:
        if not run.origin:
            raise
        log.exception("parts of %s cannot be drawn", run.key)
        st.error("What was imported cannot be drawn: its parts are not what this page shows. Ask for it to be "
                 "exported again.", icon=":material/error:")  # fmt: skip


def _imagined(run: RunRecord, spec: JobSpec) -> RunRecord:
    """What the record of a run will say once somebody asks for it."""
    return replace(run, kind=spec.kind, fields=spec.model_dump(mode="json"))


def _absent(run: RunRecord, spec: JobSpec | None, view: View) -> None:
    if run.kind:
        st.info("This result has left the cache. Its settings are kept, so it can be computed again.",
                icon=":material/history:")  # fmt: skip
        _again(run, f"Recompute the {view.noun}", "compute", view)
    elif spec is not None and (words := hindrance(spec)):
        st.error(words, icon=":material/error:")
    elif spec is not None and view.by_itself:
        _ask_soon(run.key, spec, view)
    elif spec is not None:
        plan = view.plan(spec) if callable(view.plan) else view.plan
        start_box(spec, plan, view.ask or f"Make the {view.noun}", view.leads, view.usually(spec))
    else:
        st.warning("There is no run under this link. Choose on the left what to look at, or see what there is "
                   "under Jobs.", icon=":material/link_off:")  # fmt: skip
        st.code(run.key, language=None)


def _ask_soon(key: str, spec: JobSpec, view: View) -> None:
    """Ask for a run at the second look, so that whoever walks on at once leaves nothing behind."""
    seen, st.session_state[SEEN] = st.session_state.get(SEEN), key
    st.caption("Computed as soon as you stay a second.")
    if seen == key:
        del st.session_state[SEEN]
        get_client().submit(spec)
        st.rerun()


def _live(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        live_bar(run, view.part)
    with right.container(horizontal=True, horizontal_alignment="right"):
        notify_button(run.key, view.noun)
        act_button("Cancel", "cancel", lambda c: c.cancel(run.key), primary=False, disabled=run.cancelling)


def _lost(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    st.warning(f"The worker vanished; recovering. Finished {view.part}s are kept, and a new worker goes on by "
               "itself within seconds. If it does not, Retry.", icon=":material/sync_problem:")  # fmt: skip
    _again(run, "Retry", "retry", view)


def _failed(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    show_error(run.error, f"The {view.noun} failed.")
    notify_over(run.key, f"{view.noun.capitalize()}: failed")
    if not lacks_weights(run.fields.get("model")) and retry_helps(run.error_kind):
        _again(run, "Retry", "retry", view)


def _cancelled(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    made = made_words(run) if run.total else "before it began"
    words = f"Cancelled{f': {made}' if made else ''}.{_unfinished(run, view)} Retry makes what is missing."
    st.info(words, icon=":material/cancel:")
    _again(run, "Retry", "retry", view)


def _unfinished(run: RunRecord, view: View) -> str:
    """What else is shown of a run that ended early."""
    if not run.previews:
        return ""
    words = f"{run.previews:,} more are" if run.previews > 1 else "One more is"
    return f" {words} shown as the {view.part}{'s' * (run.previews > 1)} looked so far: coarse, and not the result."


def _again(run: RunRecord, label: str, name: str, view: View) -> None:
    """Offer to compute a run again, which may lead to another one."""
    if run.outdated:
        st.caption(f"{escape(run.made_before)} Computed anew, it stands at an address of its own.")
    # Below a map stands the check of it, which may be asked for again as well.
    act_button(label, name if view.leads else f"{name}/{run.kind}", lambda c: c.retry(run.key), leads=view.leads)


def _complete(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    """The picture speaks; who asked to be told is told. What is not from here says so."""
    if run.origin:
        st.warning(f"**Imported, not computed here:** {escape(run.origin)}.", icon=":material/download:")
        _again(run, f"Compute the {view.noun} here", "recompute", view)
    notify_over(run.key, f"{view.noun.capitalize()}: complete")
    if run.outdated and not run.origin:
        _again(run, f"Recompute the {view.noun}", "recompute", view)


STATES = {
    "absent": _absent,
    "queued": _live,
    "running": _live,
    "lost": _lost,
    "failed": _failed,
    "cancelled": _cancelled,
    "complete": _complete,
}
