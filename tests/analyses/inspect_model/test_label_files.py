"""Class names that are chosen beside a model on its page."""

import io

import pytest

from dashboard.analyses.inspect_model.label_files import chosen_labels
from shared.errors import RefusedUpload
from shared.library.given_labels import IMAGENET


def upload(name: str, text: str) -> io.BytesIO:
    """A file as Streamlit hands it over."""
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def test_one_file_is_of_the_only_output_and_several_are_named_after_theirs() -> None:
    assert chosen_labels([]).names == () and len(chosen_labels(IMAGENET).names) == 1000
    assert chosen_labels([upload("indices.json", '{"dog": 1, "cat": 0}')]).names == ("cat", "dog")
    files = [upload("shape.txt", "round\nsquare\n"), upload("colour.csv", "index,name\n1,blue\n0,red\n")]
    found = chosen_labels(files)
    assert (found.names, dict(found.outputs)) == ((), {"shape": ("round", "square"), "colour": ("red", "blue")})
    assert "header" in found.notes[0]


def test_a_refusal_names_the_file_as_the_person_knows_it() -> None:
    with pytest.raises(RefusedUpload, match=r"pets\.txt.*a blank line, number 2"):
        chosen_labels([upload("pets.txt", "cat\n\ndog\n")])
