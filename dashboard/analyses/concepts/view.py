"""A class's concepts on the page, the most suspect first: crops, places, picture, numbers, and people's verdicts."""

import math

import streamlit as st

from dashboard.runs.view import View
from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.parts import stored_part
from dashboard.widgets.charts import charts
from dashboard.widgets.dataset_choice import card_of, dataset_title
from dashboard.widgets.text import count, escape
from shared.analyses.concepts.figures import figures
from shared.analyses.concepts.numbers import ALARM, Found, found_of, suspicion
from shared.analyses.concepts.parts import ConceptFacts
from shared.analyses.concepts.spec import Concepts
from shared.analyses.concepts.verdicts import VERDICTS, Verdict, verdict_text, verdicts_of
from shared.library.notes import run_subject
from shared.results import Part
from shared.store import RunRecord


def _draw(run: RunRecord) -> None:
    parts = _parts(run)
    found = found_of(parts.values())
    if found is None:
        return
    _class_in_words(run, found)
    given = verdicts_of(get_client().library.notes.of(run_subject(run.key)))
    for one in found.concepts:
        _concept(run, found, one, parts[one["concept"] + 1], given.get(one["concept"]))
    drawn = figures(run.fields, parts)
    if drawn:
        charts("concepts", list(drawn.values()), view=run.key)


def _parts(run: RunRecord) -> dict[int, Part]:
    made = ((index, stored_part(get_client(), run, index)) for index in range(int(run.total or 0)))
    return {index: part for index, part in made if part is not None}


def _class_in_words(run: RunRecord, found: Found) -> None:
    """Numbers above the rows: the class, whether somebody should look, and how far the concepts explain the layer."""
    facts = found.facts
    name, alarms = escape(facts["class_name"]), found.alarms
    if alarms:
        words = ", ".join(str(one["concept"] + 1) for one in alarms)
        which = "Concept" if len(alarms) == 1 else "Concepts"
        st.warning(
            f"{which} {words} may be a shortcut for **{name}**: is it part of the object?", icon=":material/warning:"
        )
    elif run.over and found.concepts:
        st.success(f"No concept of **{name}** looks like a shortcut. One that lies in no single place would not be "
                   "found.", icon=":material/check:")  # fmt: skip
    columns = st.columns(4)
    with columns[0]:
        st.metric(f"Accuracy on {name}", _percent(facts["own_accuracy"]))
        st.caption(f"{count(facts['pictures'], 'picture')}. With {count(facts['others'], 'picture')} of other classes: "
                   f"{_percent(facts['accuracy'])}.")  # fmt: skip
    with columns[1]:
        worst = found.concepts[0] if found.concepts else None
        st.metric("Most suspect", f"{suspicion(worst):.2f}" if worst else "–")
        st.caption(f"From 0 to 1; above {ALARM} somebody should look.")
    with columns[2]:
        st.metric("Accuracy, exchanged", _percent(found.exchanged))
        st.caption("Were what is most suspect as frequent in other classes, and as rare in this one.")
    with columns[3]:
        st.metric("Explained", _percent(1 - facts["error"]))
        below = f" {facts['negative']:.0%} of its values are below zero and take no part." if facts["negative"] else ""
        st.caption(f"Of the layer's response to {count(facts['crops'], 'crop')}.{below}")


def _concept(run: RunRecord, found: Found, one: ConceptFacts, part: Part, verdict: Verdict | None) -> None:
    number, suspect = one["concept"] + 1, suspicion(one)
    with st.container(border=True, key=f"concept-{number}"):
        image, pictures, numbers = st.columns([1, 3.6, 2], gap="medium")
        with image:
            st.markdown(f"**Concept {number}**")
            if "image" in part.pictures:
                st.image(part.pictures["image"], alt=f"What excites concept {number}", width="stretch")
        with pictures:
            st.image(part.pictures["crops"], alt=f"Crops with most of concept {number}", width="stretch")
            st.image(part.pictures["places"], alt=f"Where concept {number} stands in their pictures", width="stretch")
        with numbers:
            mark = ":material/warning: " if suspect > ALARM else ""
            st.markdown(f"{mark}**Suspicion {suspect:.2f}** · importance {found.importance(one['concept']):.2f}"
                        f" · stability {_fixed(found.stability(one['concept']))}")  # fmt: skip
            st.caption(_words(found, one))
            _ask_verdict(run, one["concept"], verdict)


def _words(found: Found, one: ConceptFacts) -> str:
    """A concept's numbers as sentences."""
    name = escape(found.facts["class_name"])
    said = [f"In {_percent(one['share'])} of {name}, {_percent(one['others_share'])} of other classes. It takes "
            f"{_percent(one['area'])} of the picture, {_percent(one['middle'])} of the way to the border; its place is "
            f"{_percent(one['constancy'])} constant."]  # fmt: skip
    if one["outside"] is not None:
        said.append(f"{_percent(one['outside'])} of it stands outside the object.")
    if one["draws"] is not None:
        said.append(f"Put into other pictures it costs {_points(one['draws'])} (its places alone "
                    f"{_points(one['draws_else'])})")  # fmt: skip
        said[-1] += f", most of them {escape(str(one['drawn'][0][0]))}." if one["drawn"] else "."
        said.append(f"Painted over, {name} loses {_points(one['loses'])} (its places alone "
                    f"{_points(one['loses_else'])}).")  # fmt: skip
        said.append(f"Accuracy with it painted over everywhere {_percent(one['without'])}, exchanged "
                    f"{_percent(one['exchanged'])}.")  # fmt: skip
    if one["against"] is not None:
        said.append(f"Where it misleads, in {count(one['against_pictures'], 'picture')}, accuracy is "
                    f"{_percent(one['against'])}; else {_percent(one['with_it'])}.")  # fmt: skip
    said.append(f"Without its direction the logit of {name} changes by {one['ablated_logit']:+.2g}, its accuracy by "
                f"{_points(one['ablated_accuracy'])}.".replace("-", "−"))  # fmt: skip
    return " ".join(said)


def _ask_verdict(run: RunRecord, concept: int, verdict: Verdict | None) -> None:
    """What people think of it; the last one stands, and all stay as notes."""
    key = f"concepts/verdict/{run.key}/{concept}"
    st.session_state.setdefault(key, verdict.said if verdict else None)
    st.segmented_control(f"Is concept {concept + 1} a cue?", VERDICTS, key=key,
                         on_change=lambda: _give(run, concept, key), help="Cue: not part of the object. Kept as a note "
                         "beside the result.")  # fmt: skip
    if verdict:
        st.caption(f"{escape(verdict.by)} said {verdict.said}.")


def _give(run: RunRecord, concept: int, key: str) -> None:
    said = st.session_state[key]
    if said is None:
        return
    client = get_client()
    with explaining_errors():
        client.library.notes.add(run_subject(run.key), client.person, verdict_text(concept, said))
        client.store.activity.add(client.person, "note", run_subject(run.key), -1, "")


def _percent(value: float | None) -> str:
    return "–" if value is None or not math.isfinite(value) else f"{value:.1%}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} points".replace("-", "−")


def _fixed(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "–"


def _plan(spec: Concepts) -> str:
    """How much there is to do, in words."""
    card = card_of(get_client(), spec.dataset)
    name = spec.class_name or (card.classes[0] if card and card.classes else "the first class")
    most = f"up to {count(spec.images, 'picture')}" if spec.images else "all pictures"
    return (f"{count(spec.concepts, 'concept')} of {escape(name)}, from {most} and as many of other classes. Each is "
            "put into pictures, and painted over.")  # fmt: skip


def _details(run: RunRecord) -> list[str]:
    title = dataset_title(str(run.fields["dataset"]), get_client().datasets.names())
    pictures = run.facts.get("metrics", {}).get("pictures")
    return [title, str(run.fields["split"]), count(pictures, "picture") if pictures else ""]


VIEW = View(
    draw=_draw,
    steps=lambda run: [str(run.fields["layer"]), str(run.fields["class_name"])],
    details=_details,
    files={"Concepts as numbers": "concepts.json", "The bank": "arrays.npz"},
    plan=_plan,
    ask="Find the concepts",
)
