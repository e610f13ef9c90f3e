"""Films: one network after some epochs of its training, the same layers and pictures looked at each time.

A film says what is looked at; each of its frames is a model that was added, what the training said of it, and the keys
of the runs that were asked for. The specs of those runs follow from the film, so a result that has left the cache can
be computed again while the frame's model is still here.
"""

import math
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from shared.errors import InvalidSpec, UnknownRun, message
from shared.library.files import FileStore

TABLE = "films"
LONGEST_TITLE, LONGEST_PATH, MOST_NUMBERS, LONGEST_NUMBER_NAME = 120, 500, 32, 60
MOST_FRAMES, MOST_LAYERS, MOST_CHANNELS, MOST_PICTURES, MOST_MODELS = 300, 6, 32, 16, 50


@dataclass(frozen=True)
class Frame:
    """The network after an epoch.

    Attributes:
        epoch: from 1.
        model: its reference.
        name: that the film gave the model; "" once the film let go of its file.
        logs: what the training said of the epoch, such as "loss" and "val_accuracy".
        runs: key of each run by what it is for; see shared.client.films.
    """

    epoch: int
    model: str
    name: str = ""
    logs: dict[str, float] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Film:
    """A training, frame by frame.

    Attributes:
        id: 16 hex digits.
        title: what its person calls it; names of its models begin with it.
        by: who made it.
        at: seconds since 1970.
        layers: paths of the layers whose tiles are drawn.
        channels: how many of each, the first ones.
        pictures: references of those whose heat maps are drawn.
        dataset: reference of one that every frame is judged on; "" for none.
        kept_models: so many frames keep the file of their model.
        frames: in the order of their epochs.
    """

    id: str
    title: str
    by: str
    at: float
    layers: tuple[str, ...] = ()
    channels: int = 8
    pictures: tuple[str, ...] = ()
    dataset: str = ""
    kept_models: int = 8
    frames: tuple[Frame, ...] = ()

    def with_frame(self, frame: Frame) -> "Film":
        """The same with one more frame.

        Raises:
            InvalidSpec: its epoch does not come after all others, or the film is full.
        """
        if self.frames and frame.epoch <= self.frames[-1].epoch:
            raise InvalidSpec(message(f"an epoch after {self.frames[-1].epoch}", frame.epoch, "Start another film."))
        if len(self.frames) >= MOST_FRAMES:
            raise InvalidSpec(message(f"at most {MOST_FRAMES} frames", "one more", "Take a frame less often."))
        return replace(self, frames=(*self.frames, frame))

    def changed_frame(self, frame: Frame) -> "Film":
        """The same with another frame in the place of the one of its epoch."""
        return replace(self, frames=tuple(frame if one.epoch == frame.epoch else one for one in self.frames))

    def spare_models(self) -> list[Frame]:
        """Frames whose model's file may go, so that `kept_models` are left: the first, the last, and those between that
        lie most evenly stay.
        """
        named = [frame for frame in self.frames if frame.name]
        if len(named) <= self.kept_models:
            return []
        first, last = named[0].epoch, named[-1].epoch
        stay = {first, last}
        for place in range(1, self.kept_models - 1):
            wanted = first + (last - first) * place / (self.kept_models - 1)
            free = [frame.epoch for frame in named if frame.epoch not in stay]
            stay.add(min(free, key=lambda epoch, to=wanted: abs(epoch - to)))  # type: ignore[misc]
        return [frame for frame in named if frame.epoch not in stay]


class Films:
    """The films of one installation."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def write(self, film: Film) -> Film:
        """Keep a film, in place of what it was before."""
        self._files.write_record(TABLE, film.id, asdict(film))
        return film

    def get(self, name: str) -> Film:
        """A film by its id.

        Raises:
            UnknownRun: there is none.
        """
        row = self._files.read_record(TABLE, name)
        if row is None:
            raise UnknownRun(message("the id of a film", name, "See the page Films for those that there are."))
        return _read(row)

    def all(self) -> list[Film]:
        """All films, newest first."""
        return sorted((_read(row) for _, row in self._files.records(TABLE)), key=lambda film: -film.at)

    def delete(self, name: str) -> None:
        """Drop a film; its results and models stay."""
        self._files.delete_record(TABLE, name)


def new_film(title: str, by: str, *, layers: Sequence[str] = (), channels: int = 8, pictures: Sequence[str] = (),
             dataset: str = "", kept_models: int = 8) -> Film:  # fmt: skip
    """A film that is not kept yet; see Film.

    Raises:
        InvalidSpec: it has no title, shows nothing, or shows too much.
    """
    title = " ".join(title.split())[:LONGEST_TITLE]
    if not title:
        raise InvalidSpec(message("a title", "nothing", "Say what is trained."))
    if not (layers or pictures or dataset):
        raise InvalidSpec(message("layers, pictures or a data set", "none", "Say what to look at after an epoch."))
    _bound("layers", len(layers), 0, MOST_LAYERS)
    _bound("pictures", len(pictures), 0, MOST_PICTURES)
    _bound("channels", channels, 1, MOST_CHANNELS)
    _bound("kept models", kept_models, 2, MOST_MODELS)
    if any(not path or len(path) > LONGEST_PATH for path in layers):
        raise InvalidSpec(message("paths of layers", "one that is none", "See the model's page for its layers."))
    return Film(secrets.token_hex(8), title, by, time.time(), tuple(dict.fromkeys(layers)), channels,
                tuple(dict.fromkeys(pictures)), dataset, kept_models)  # fmt: skip


def read_logs(given: Mapping[str, Any]) -> dict[str, float]:
    """What a training says of an epoch, as finite numbers; what is none is left out.

    Raises:
        InvalidSpec: there are too many, or a name is too long.
    """
    if len(given) > MOST_NUMBERS or any(not 0 < len(str(name)) <= LONGEST_NUMBER_NAME for name in given):
        expected = f"at most {MOST_NUMBERS} numbers with names of at most {LONGEST_NUMBER_NAME} letters"
        raise InvalidSpec(message(expected, f"{len(given)} numbers", "Leave some out."))
    numbers = {str(name): value for name, value in given.items()
               if isinstance(value, int | float) and not isinstance(value, bool)}  # fmt: skip
    return {name: float(value) for name, value in numbers.items() if math.isfinite(value)}


def _bound(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidSpec(message(f"{least} to {most} {name}", value, "Choose another number."))


def _read(row: Mapping[str, Any]) -> Film:
    frames = tuple(Frame(**frame) for frame in row["frames"])
    return Film(**{**row, "frames": frames, "layers": tuple(row["layers"]), "pictures": tuple(row["pictures"])})
