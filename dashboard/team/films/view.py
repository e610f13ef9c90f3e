"""A film as it grows, and the list of all."""

from collections.abc import Mapping

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client
from dashboard.team.films.figures import move_figure, number_figures
from dashboard.team.films.reel import moves, reel_data, runs_of, silences
from dashboard.widgets.address import remember
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.errors import error_line
from dashboard.widgets.text import count, escape
from shared.client import delete_film, may_delete_film
from shared.client.films import JUDGED
from shared.library.films import Film
from shared.store import RunRecord

LISTED, MOST_SENTENCES = 100, 12
# While something is computed, and while only a further frame could come.
POLL_SECONDS, IDLE_SECONDS = 2.0, 10.0
_reel = browser_element("film_reel")
SCRIPT = """\
import convscope
from convscope.keras import Watch

lab = convscope.connect("{address}", token="...")  # from the page Links and tokens
model.fit(..., callbacks=[Watch(lab, layers=["conv3", "conv5"], pictures=val_pictures)])"""


def show_films() -> None:
    """All films as rows, and how to start one."""
    films = get_client().library.films.all()
    if not films:
        st.info("No film yet. A training script starts one: install `convscope` beside Keras, and add the callback.",
                icon=":material/movie:")  # fmt: skip
    for film in films[:LISTED]:
        what, how, who, act = st.columns([5, 3, 2, 1], vertical_alignment="center")
        what.markdown(escape(film.title))
        epochs = [frame.epoch for frame in film.frames]
        how.caption(f"{count(len(epochs), 'frame')}, to epoch {epochs[-1]}" if epochs else "no frame yet")
        who.caption(escape(film.by))
        if act.button("Open", key=f"open-{film.id}", help=f"Open {escape(film.title)}"):
            remember({"film": film.id}, step=True)
            st.rerun()
    if len(films) > LISTED:
        st.caption(f"and {len(films) - LISTED:,} older ones")
    with st.expander("Film a training", expanded=not films, icon=":material/add:"):
        address = get_client().results.address("")
        st.code(SCRIPT.format(address=address), language=None, wrap_lines=True)
        st.caption("Keras 3 on TensorFlow, JAX or PyTorch. The training does not wait, and goes on if this server is "
                   "away.")  # fmt: skip


def show_film(name: str) -> None:
    """Draw one film; new frames appear by themselves."""
    film = get_client().library.films.get(name)
    st.subheader(escape(film.title), anchor=False, divider=False)
    looked = [count(len(film.layers), "layer"), count(len(film.pictures), "picture")]
    data = dataset_title(film.dataset, get_client().datasets.names()) if film.dataset else ""
    said = [*looked, f"judged on {escape(data)}" if data else "", f"by {escape(film.by)}"]
    st.caption(" · ".join(word for word in said if word))
    live = _is_live(runs_of(film))
    st.fragment(_watch, run_every=POLL_SECONDS if live else IDLE_SECONDS)(name, live)
    _deletion(film)


def _is_live(runs: Mapping[str, RunRecord]) -> bool:
    return any(not run.over for run in runs.values())


def _watch(name: str, was_live: bool) -> None:
    with explaining_errors():
        film = get_client().library.films.get(name)
        runs = runs_of(film)
        if was_live != _is_live(runs):
            st.rerun()
        if not film.frames:
            st.info("The first frame is on its way.", icon=":material/movie:")
            return
        _state(runs)
        _reel(key=f"reel-{film.id}", data=reel_data(film, runs))
        _changes(film, runs)
        figures = number_figures(film, _judged(film, runs))
        if moved := moves(film, runs):
            figures.append(move_figure(moved))
        charts(f"film-{film.id}", figures, view=film.id, waiting="No numbers yet.")


def _state(runs: Mapping[str, RunRecord]) -> None:
    """What is still to come, and what failed."""
    live = sum(not run.over for run in runs.values())
    failed = [run for run in runs.values() if run.status == "failed"]
    if live:
        st.caption(f"{count(live, 'run')} of this film still wait or compute.")
    if failed:
        st.warning(f"{count(len(failed), 'run')} failed. The first: {escape(error_line(failed[0].error))}")


def _changes(film: Film, runs: Mapping[str, RunRecord]) -> None:
    found = silences(film, runs)
    if found:
        lines = [f"- {escape(sentence)}" for sentence in found[:MOST_SENTENCES]]
        more = f"\n- and {len(found) - MOST_SENTENCES} more" if len(found) > MOST_SENTENCES else ""
        st.markdown("**Channels that changed**\n" + "\n".join(lines) + more)


def _judged(film: Film, runs: Mapping[str, RunRecord]) -> dict[int, float]:
    """Accuracy on the film's data set by epoch, of the frames that were judged."""
    found = {}
    for frame in film.frames:
        run = runs.get(frame.runs.get(JUDGED, ""))
        metrics = run.facts.get("metrics", {}) if run else {}
        if isinstance(metrics.get("accuracy"), int | float):
            found[frame.epoch] = float(metrics["accuracy"])
    return found


def _deletion(film: Film) -> None:
    if not may_delete_film(get_client(), film):
        return
    with st.expander("Delete this film", icon=":material/delete:"):
        st.caption("Its models and results stay.")
        if st.button("Delete", key=f"delete-{film.id}"):
            with explaining_errors():
                delete_film(get_client(), film.id)
                remember({"film": None}, step=True)
                st.rerun()
