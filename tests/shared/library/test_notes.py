"""Notes: added by several people at once, taken back by their authors, and names that follow the last word."""

import os
import threading
import time
from pathlib import Path

import pytest

from shared.errors import InvalidSpec
from shared.library import FileStore
from shared.library.notes import Notes, layer_subject, model_subject, run_subject

MODEL, LAYER = "keras/vgg16/imagenet", "block3_conv1"
SUBJECT = layer_subject(MODEL, LAYER)


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(FileStore(str(tmp_path)))


def test_notes_come_back_in_the_order_they_were_written(notes: Notes) -> None:
    for number in range(5):
        notes.add(SUBJECT, "ada", f"note {number}", channel=number % 2)
    assert [note.text for note in notes.of(SUBJECT)] == [f"note {number}" for number in range(5)]
    assert [note.text for note in notes.of(SUBJECT, channel=1)] == ["note 1", "note 3"]


def test_subjects_do_not_mix(notes: Notes) -> None:
    notes.add(SUBJECT, "ada", "a channel", channel=1)
    notes.add(model_subject(MODEL), "ada", "a model")
    assert notes.of(run_subject("filter_atlas-v2-0")) == []
    assert [note.text for note in notes.of(model_subject(MODEL))] == ["a model"]


def test_a_channel_is_called_what_it_was_called_last(notes: Notes) -> None:
    notes.add(SUBJECT, "ada", name="eyes", channel=5)
    notes.add(SUBJECT, "ben", "no: snouts", name="snouts", channel=5)
    notes.add(SUBJECT, "ben", name="fur", channel=6)
    notes.add(SUBJECT, "ada", name="-", channel=6)
    assert notes.channel_names(MODEL, LAYER) == {5: "snouts"}
    assert [note.name for note in notes.of(SUBJECT, 5)] == ["eyes", "snouts"], "the history stays"
    assert notes.channel_names(MODEL, "another") == {}


def test_only_its_author_or_an_administrator_takes_a_note_back(notes: Notes) -> None:
    note = notes.add(SUBJECT, "ada", "wrong", name="eyes", channel=5)
    with pytest.raises(InvalidSpec, match="a note of your own"):
        notes.take_back(SUBJECT, note.id, "ben")
    notes.take_back(SUBJECT, note.id, "ada")
    assert notes.of(SUBJECT) == [] and notes.channel_names(MODEL, LAYER) == {}
    other = notes.add(SUBJECT, "ada", "also wrong")
    notes.take_back(SUBJECT, other.id, "root", admin=True)
    assert notes.of(SUBJECT) == []


def test_all_named_channels_are_read_again_where_somebody_wrote_and_only_there(notes: Notes, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "note_subjects", Notes(FileStore(str(tmp_path)))
    elsewhere.add(SUBJECT, "ada", name="eyes", channel=5)
    for seconds, named in ((100, "snouts"), (90, "tails")):
        os.utime(folder, (time.time() - seconds,) * 2)  # written long ago
        first = notes.named_channels()
        assert notes.named_channels() is first
        elsewhere.add(SUBJECT, "ada", name=named, channel=5)
        assert list(notes.named_channels()) == [(MODEL, LAYER, 5, named)]
    elsewhere.take_back(SUBJECT, elsewhere.of(SUBJECT)[-1].id, "ada")
    assert list(notes.named_channels()) == [(MODEL, LAYER, 5, "snouts")]


@pytest.mark.parametrize(("text", "name"), [("", ""), ("  \n", ""), ("a" * 4001, ""), ("", "b" * 61)])
def test_nothing_and_too_much_are_refused(notes: Notes, text: str, name: str) -> None:
    with pytest.raises(InvalidSpec):
        notes.add(SUBJECT, "ada", text, name=name)
    assert notes.of(SUBJECT) == []


def test_no_note_is_lost_when_many_write_at_once(notes: Notes) -> None:
    threads = [threading.Thread(target=notes.add, args=(SUBJECT, f"person {n}", f"note {n}")) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {note.text for note in notes.of(SUBJECT)} == {f"note {n}" for n in range(24)}


def test_odd_subjects_stay_inside_their_folder(notes: Notes, tmp_path: Path) -> None:
    notes.add(layer_subject("../../etc", "../passwd\x00"), "ada", "x")
    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.json")} == {"notes", "note_subjects"}
