"""The page of concepts without a browser, and what is written and drawn of a run."""

from pathlib import Path

import numpy as np
import pytest

from shared.analyses import KINDS, Concepts
from shared.analyses.concepts.figures import figures, suspicion_figure
from shared.analyses.concepts.files import blocks, captions, facts_of
from shared.analyses.concepts.numbers import found_of, suspicion
from shared.analyses.concepts.verdicts import verdict_text, verdicts_of
from shared.client import Client
from shared.library import Note
from shared.library.notes import run_subject
from shared.results import encode_part
from shared.store import RunRecord
from tests.analyses.concepts.parts import COUNT, PICTURES, concept_parts
from tests.analyses.dataset_examples.parts import pets
from tests.fixtures.dashboard_visits import point_dashboard_at, visit, words
from tests.fixtures.synthetic_runs import FACTS, begin

MODEL = "keras/vgg16/random"


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def written_concepts(client: Client, folder: Path, made: int | None = None) -> str:
    """A run of three concepts of cats; its key. `made`: how many of its four parts are there."""
    fields = {"model": MODEL, "layer": "block2_conv1", "dataset": pets(client, folder), "concepts": COUNT}
    spec = client.resolve(Concepts(**fields))
    parts = concept_parts()
    fence = begin(client.store, spec, len(parts))
    for part in parts[:made]:
        client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), {})
    if made is None:
        client.store.runs.finish(spec.key(), fence, {**FACTS, "metrics": {"pictures": PICTURES, "concepts": COUNT}})
    return spec.key()


def test_the_most_suspect_concept_comes_first_with_its_numbers_in_words(client: Client, tmp_path: Path) -> None:
    page = visit(run=written_concepts(client, tmp_path))
    assert not page.exception and not page.error and page.header[0].value == "Concepts"
    assert page.warning[0].value == "Concept 2 may be a shortcut for **cat**: is it part of the object?"
    shown = [one.value for one in page.markdown if one.value.startswith("**Concept")]
    assert shown == ["**Concept 2**", "**Concept 1**", "**Concept 3**"]
    said = words(page)
    assert "Put into other pictures it costs 80.0 points (its places alone 0.0 points), most of them dog." in said
    assert "In 90.0% of cat, 10.0% of other classes." in said and "exchanged 20.0%" in said
    assert "Where it misleads, in 12 pictures, accuracy is 12.0%; else 97.0%." in said


def test_a_verdict_is_a_note_and_the_last_one_stands(client: Client, tmp_path: Path) -> None:
    key = written_concepts(client, tmp_path)
    page = visit(run=key)
    control = next(one for one in page.get("button_group") if one.label == "Is concept 2 a cue?")
    control.set_value("cue").run()
    assert [note.text for note in client.library.notes.of(run_subject(key))] == ["Concept 2: cue"]
    client.library.notes.add(run_subject(key), "mira", "Concept 2: fine")
    assert "mira said fine." in words(visit(run=key))


def test_verdicts_are_read_from_notes_that_hold_nothing_else() -> None:
    said = ("Concept 2: cue", "Concept 2: unsure", "I think Concept 1: fine", verdict_text(0, "fine"))
    notes = [Note(str(i), ("mira", "abe")[i > 0], float(i), text) for i, text in enumerate(said)]
    found = verdicts_of(notes)
    assert {number: (one.said, one.by) for number, one in found.items()} == {1: ("unsure", "abe"), 0: ("fine", "abe")}


def test_concepts_are_shown_while_others_come(client: Client, tmp_path: Path) -> None:
    page = visit(run=written_concepts(client, tmp_path, 2))
    assert not page.exception and not page.warning
    assert [one.value for one in page.markdown if one.value.startswith("**Concept")] == ["**Concept 1**"]


def test_suspicion_goes_by_what_a_concept_does_beyond_its_places() -> None:
    found = found_of(concept_parts())
    assert found is not None and [one["concept"] for one in found.concepts] == [1, 0, 2]
    # Half of (0.8 - 0) + (0.9 - 0.01), by 0.15 / (0.15 + 0.03).
    assert suspicion(found.concepts[0]) == pytest.approx(0.845 / 1.2)
    plain = dict(found.concepts[0])
    assert suspicion({**plain, "draws_else": 0.8, "loses_else": 0.9}) == 0  # type: ignore[arg-type, typeddict-item]
    assert suspicion({**plain, "area": 0.6}) == pytest.approx(0.845 / 5)  # type: ignore[arg-type, typeddict-item]
    masked = {**plain, "draws": None, "outside": 0.5}
    assert suspicion(masked) == pytest.approx(0.25)  # type: ignore[arg-type]


def test_figures_tables_and_files_hold_the_same_numbers() -> None:
    parts = {part.index: part for part in concept_parts()}
    found = found_of(parts.values())
    assert found is not None and set(figures({}, parts)) == {"suspicion", "alone"}
    dots = suspicion_figure(found, 1).data[0]
    assert dots.text[0] == "2" and dots.y[0] == pytest.approx(0.9)
    told = facts_of(found)
    assert told["alarms"] == [1] and told["concepts"][0]["draws"] == 0.8 and told["concepts"][0]["concept"] == 1
    first, second = blocks(RunRecord("x"), parts)
    assert first.rows[0][0] == 2 and second.rows[0][:3] == (2, 0.9, 0.1)  # type: ignore[union-attr]
    written = dict(KINDS["concepts"].files(RunRecord("x"), parts))
    assert {"concepts.json", "arrays.npz", "crops/01_concept_02.png", "places/03_concept_03.png"} <= set(written)
    assert captions(RunRecord("x"), parts)["crops/01_concept_02.png"].startswith("Concept 2: suspicion 0.70; put into")
    np.testing.assert_array_equal(written["arrays.npz"]["bank"], found.base["bank"])
    assert (
        figures({}, {}) == {}
        and blocks(RunRecord("x"), {}) == []
        and not dict(KINDS["concepts"].files(RunRecord("x"), {}))
    )
