"""How pictures go in, as a text: names, ranges, own numbers."""

import numpy as np
import pytest

from shared.errors import InvalidSpec
from shared.library.preprocessing import (
    PREPROCESSES,
    Preprocessing,
    check_channels,
    own_preprocessing,
    read_preprocessing,
)


@pytest.mark.parametrize("name", PREPROCESSES)
def test_a_name_stays_what_older_cards_say(name: str) -> None:
    assert str(read_preprocessing(name)) == name


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0..65535", "0..65535"),
        ("0.0..255.0", "0..255"),
        ("  -1..1   mean 0.50,0.4,.3 ", "-1..1 mean 0.5,0.4,0.3"),
        ("0..1 mean 0.485,0.456,0.406 deviation 0.229,0.224,0.225", "torch"),
        ("0..255 bgr mean 103.939,116.779,123.68", "caffe"),
        ("0..1 deviation 0.25", "0..1 deviation 0.25"),
        ("0..1 of 0..10000.0 mean 0.5", "0..1 of 0..10000 mean 0.5"),
    ],
)
def test_one_way_has_one_text(text: str, canonical: str) -> None:
    assert str(read_preprocessing(text)) == canonical
    assert read_preprocessing(canonical) == read_preprocessing(text)


@pytest.mark.parametrize(
    "text",
    ["", "1", "0..", "1..1", "rgb", "0..1 mean", "0..1 mean a,b,c", "0..1 deviation 0,1,1", "0..1e300", "0..nan",
     "0..1 mean " + ",".join(["0"] * 65), "0..1 deviation 1 mean 1", "0..1 bgr bgr", "0..1 mean 1,,2",
     "0..1 of 5..5", "0..1 of"],
)  # fmt: skip
def test_what_is_no_way_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidSpec, match="a preprocessing"):
        read_preprocessing(text)


def test_pieces_become_one_text() -> None:
    assert own_preprocessing() == ""
    assert own_preprocessing("caffe") == "caffe"
    assert own_preprocessing(mean="0.5") == "0..1 mean 0.5"
    assert (
        own_preprocessing("0..255", mean="1, 2, 3", deviation="4 5 6", bgr=True)
        == "0..255 bgr mean 1,2,3 deviation 4,5,6"
    )
    assert own_preprocessing(scale=1 / 127.5, offset=-1) == "-1..1"
    assert own_preprocessing(scale=1.0) == "0..255"
    with pytest.raises(InvalidSpec, match="a range or a scale"):
        own_preprocessing("0..1", scale=2.0)
    with pytest.raises(InvalidSpec, match="a preprocessing"):
        own_preprocessing("caffe", mean="1")


def test_numbers_must_fit_the_channels() -> None:
    check_channels("torch", 3)
    check_channels("0..1 mean 0.5", 7)
    check_channels("torch", None)
    check_channels("", 7)
    for text, channels in (("torch", 1), ("0..1 bgr", 4), ("0..1 deviation 1,2", 3)):
        with pytest.raises(InvalidSpec, match=f"the network's {channels} channels"):
            check_channels(text, channels)


def test_arithmetic_on_arrays() -> None:
    pictures = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert Preprocessing(0, 255).apply(pictures).tolist() == [[0, 127.5, 255]]
    assert Preprocessing(0, 1, True, (1, 2, 3), (1, 2, 4)).apply(pictures).tolist() == [[0, -0.75, -0.75]]
