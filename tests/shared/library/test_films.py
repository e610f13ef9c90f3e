"""Films by themselves: what one may look at, the order of its frames, and whose model file may go."""

from pathlib import Path

import pytest

from shared.errors import InvalidSpec, UnknownRun
from shared.library import FileStore
from shared.library.films import MOST_FRAMES, Film, Films, Frame, new_film, read_logs


def film(*epochs: int, kept: int = 3) -> Film:
    made = new_film("pets", "mira", layers=["conv"], kept_models=kept)
    for epoch in epochs:
        made = made.with_frame(Frame(epoch, f"sha256:{epoch:064x}", f"pets-epoch-{epoch}"))
    return made


def test_a_film_is_read_as_it_was_written(tmp_path: Path) -> None:
    films = Films(FileStore(str(tmp_path), tmp_path / "copies"))
    made = films.write(film(1, 2))
    assert films.get(made.id) == made and films.all() == [made]
    films.delete(made.id)
    with pytest.raises(UnknownRun, match="film"):
        films.get(made.id)


@pytest.mark.parametrize(("fields", "words"), [
    ({"layers": []}, "layers, pictures or a data set"), ({"layers": ["c"] * 2 + [f"l{i}" for i in range(6)]}, "layers"),
    ({"layers": [""]}, "paths"), ({"layers": ["c"], "channels": 0}, "channels"),
    ({"layers": ["c"], "channels": 10**9}, "channels"), ({"pictures": [f"p{i}" for i in range(17)]}, "pictures"),
    ({"layers": ["c"], "kept_models": 1}, "kept models"),
])  # fmt: skip
def test_what_shows_nothing_or_too_much_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidSpec, match=words):
        new_film("pets", "mira", **fields)  # type: ignore[arg-type]


def test_a_title_is_needed() -> None:
    with pytest.raises(InvalidSpec, match="title"):
        new_film(" \n ", "mira", layers=["conv"])


def test_frames_come_in_the_order_of_their_epochs_and_there_is_an_end() -> None:
    with pytest.raises(InvalidSpec, match="after 3"):
        film(1, 3).with_frame(Frame(3, "x"))
    full = film(*range(1, MOST_FRAMES + 1))
    with pytest.raises(InvalidSpec, match="at most"):
        full.with_frame(Frame(MOST_FRAMES + 1, "x"))


@pytest.mark.parametrize(("epochs", "kept", "stay"), [
    (range(1, 4), 3, {1, 2, 3}), (range(1, 5), 3, {1, 2, 4}), (range(1, 10), 3, {1, 5, 9}),
    (range(1, 22), 5, {1, 6, 11, 16, 21}), ((1, 2, 3, 50), 3, {1, 3, 50}), (range(1, 9), 2, {1, 8}),
])  # fmt: skip
def test_first_and_last_and_those_most_evenly_between_keep_their_model(
    epochs: range, kept: int, stay: set[int]
) -> None:
    made = film(*epochs, kept=kept)
    gone = {frame.epoch for frame in made.spare_models()}
    assert set(epochs) - gone == stay


def test_of_models_that_are_gone_already_none_is_let_go_again() -> None:
    made = film(*range(1, 30))
    for frame in made.spare_models():
        made = made.changed_frame(Frame(frame.epoch, frame.model))
    assert made.spare_models() == [] and len([f for f in made.frames if f.name]) == 3


def test_only_finite_numbers_are_kept_of_what_a_training_says() -> None:
    assert read_logs({"loss": 1, "nan": float("nan"), "flag": True, "text": "x", "acc": 0.5}) == {"loss": 1, "acc": 0.5}
    with pytest.raises(InvalidSpec, match="numbers"):
        read_logs({f"m{i}": 0.0 for i in range(33)})
    with pytest.raises(InvalidSpec, match="letters"):
        read_logs({"m" * 61: 0.0})
