"""What people write beside channels, models and results. Notes are added and never rewritten, so all of them stay.

A subject is a model, a layer with its channels, or a run. Each note is a record of its own in the subject's folder: two
people who write at the same moment disturb nobody, and the history needs no keeping.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from shared.errors import InvalidSpec, message
from shared.library.files import FileStore

TABLE = "notes"
# What the folders of notes are about, whose names do not say it.
SUBJECTS = "note_subjects"
LONGEST_TEXT, LONGEST_NAME = 4000, 60
# Who writes into a file in place, by hand, is seen after so long.
KEPT_SECONDS = 600.0
# Model, layer, channel, and what it is called.
NamedChannel = tuple[str, str, int, str]


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes:
        id: of the note; ids grow with time.
        by: who wrote it.
        at: seconds since 1970.
        text: plain text; "" where a name was given without a word.
        channel: number of a layer's channel that it is about; -1 for none.
        name: what the channel is called from now on; "" leaves it; "-" takes the name away.
        takes_back: id of an earlier note of the same person that is hidden from now on; "" for none.
    """

    id: str
    by: str
    at: float
    text: str = ""
    channel: int = -1
    name: str = ""
    takes_back: str = ""


def layer_subject(model: str, layer: str) -> str:
    """The channels of a layer."""
    return f"layer {model} {layer}"


def model_subject(model: str) -> str:
    """A model by its reference."""
    return f"model {model}"


def run_subject(key: str) -> str:
    """A run's result."""
    return f"run {key}"


class Notes:
    """The notes of one installation."""

    def __init__(self, files: FileStore) -> None:
        self._files = files
        self._named: tuple[int | None, float, tuple[NamedChannel, ...]] = (None, 0.0, ())

    def add(self, subject: str, by: str, text: str = "", channel: int = -1, name: str = "") -> Note:
        """Write a note.

        Args:
            subject: see the functions of this module.
            by: who writes.
            text: plain text, at most 4,000 letters.
            channel: of a layer; -1 for none.
            name: what to call the channel, at most 60 letters; "-" takes the name away.

        Raises:
            InvalidSpec: there is nothing to note, or too much.
        """
        text, name = text.strip(), " ".join(name.split())
        if not text and not name:
            raise InvalidSpec(message("a note or a name", "nothing", "Write something."))
        for word, value, longest in (("note", text, LONGEST_TEXT), ("name", name, LONGEST_NAME)):
            if len(value) > longest:
                raise InvalidSpec(message(f"a {word} of at most {longest} letters", value, "Shorten it."))
        return self._write(subject, Note(_new_id(), by, time.time(), text, channel, name))

    def take_back(self, subject: str, note: str, by: str, admin: bool = False) -> None:
        """Hide a note from everybody; its record stays.

        Raises:
            InvalidSpec: it is somebody else's, or not there.
        """
        found = next((one for one in self._all(subject) if one.id == note), None)
        if found is None or not (admin or found.by == by):
            raise InvalidSpec(message("a note of your own", note, "Ask its author, or an administrator."))
        self._write(subject, Note(_new_id(), by, time.time(), takes_back=note))

    def of(self, subject: str, channel: int | None = None) -> list[Note]:
        """The notes of a subject, oldest first; with a channel, those about it."""
        every = self._all(subject)
        hidden = {note.takes_back for note in every}
        shown = [note for note in every if note.id not in hidden and not note.takes_back]
        return [note for note in shown if channel is None or note.channel == channel]

    def channel_names(self, model: str, layer: str) -> dict[int, str]:
        """What people call the channels of a layer: number to the name given last."""
        named = {note.channel: note.name for note in self.of(layer_subject(model, layer)) if note.name}
        return {channel: name for channel, name in named.items() if name != "-"}

    def named_channels(self) -> Sequence[NamedChannel]:
        """Model, layer, channel and its name, of all channels that have one. Of layers on which nobody wrote since
        subjects are noted, nothing is known here.

        They are read again where somebody wrote, for each note writes its subject after itself.
        """
        settled, (kept, at, named) = self._files.settled(SUBJECTS), self._named
        if settled is None or settled != kept or time.monotonic() - at > KEPT_SECONDS:
            named = tuple(self._read_named())
            self._named = settled, time.monotonic(), named
        return named

    def _read_named(self) -> Iterator[NamedChannel]:
        for _, row in self._files.records(SUBJECTS):
            kind, _, rest = str(row["subject"]).partition(" ")
            model, _, layer = rest.partition(" ")
            if kind == "layer":
                for channel, name in self.channel_names(model, layer).items():
                    yield model, layer, channel, name

    def _all(self, subject: str) -> Sequence[Note]:
        return [Note(**row) for _, row in self._files.records(_folder(subject))]

    def _write(self, subject: str, note: Note) -> Note:
        self._files.write_record(_folder(subject), note.id, asdict(note))
        self._files.write_record(SUBJECTS, _digest(subject), {"subject": subject})
        return note


def _folder(subject: str) -> str:
    return f"{TABLE}/{_digest(subject)}"


def _digest(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def _new_id() -> str:
    return f"{time.time_ns():020d}-{secrets.token_hex(4)}"
