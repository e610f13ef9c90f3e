"""Contact sheets: known tiles at known pixels."""

import numpy as np
import pytest

from shared.images.contact_sheet import EMPTY, GAP, PAPER, blank_sheet, columns_for, place, stitch


def _tile(value: int, height: int = 1, width: int = 1) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_two_by_two_tiles_equal_a_sheet_written_by_hand() -> None:
    sheet = stitch({0: _tile(100), 1: _tile(110), 2: _tile(120), 3: _tile(130)}, count=4, columns=2)
    p = PAPER
    by_hand = [
        [100, p, p, 110, p, p],
        [p, p, p, p, p, p],
        [p, p, p, p, p, p],
        [120, p, p, 130, p, p],
        [p, p, p, p, p, p],
        [p, p, p, p, p, p],
    ]
    assert GAP == 2
    assert sheet.dtype == np.uint8
    for colour in range(3):
        assert sheet[..., colour].tolist() == by_hand


def test_tiles_go_row_by_row() -> None:
    sheet = stitch({0: _tile(1), 1: _tile(2), 2: _tile(3)}, count=3, columns=2)
    assert (sheet[0, 0, 0], sheet[0, 3, 0]) == (1, 2)  # first row: columns 0 and 1·(1+GAP)
    assert sheet[3, 0, 0] == 3  # second row


def test_height_and_width_are_not_swapped() -> None:
    sheet = stitch({0: _tile(9, height=4, width=7)}, count=2, columns=2)
    assert sheet.shape == (4 + GAP, 2 * (7 + GAP), 3)
    assert (sheet[:4, :7] == 9).all()


def test_a_tile_that_does_not_exist_yet_is_a_flat_field() -> None:
    sheet = stitch({1: _tile(200)}, count=3, columns=3)
    assert sheet[0, ::3, 0].tolist() == [EMPTY, 200, EMPTY]


def test_places_after_the_last_tile_stay_paper() -> None:
    assert blank_sheet(3, 1, 1, columns=2)[3, 3].tolist() == [PAPER] * 3


def test_a_grey_tile_fills_all_three_colours() -> None:
    sheet = blank_sheet(1, 1, 2, columns=1)
    place(sheet, np.array([[5, 250]], np.uint8), 0, columns=1)
    assert sheet[0, :2].tolist() == [[5, 5, 5], [250, 250, 250]]


@pytest.mark.parametrize(
    ("count", "columns"),
    [(1, 1), (2, 2), (8, 4), (64, 12), (512, 32), (2048, 32)],  # ceil(sqrt(2·64)) = 12; sqrt(2·512) = 32, the most
)
def test_a_sheet_is_about_twice_as_wide_as_high(count: int, columns: int) -> None:
    assert columns_for(count) == columns


def test_a_square_sheet_can_be_asked_for() -> None:
    assert columns_for(64, aspect=1) == 8


def test_a_sheet_without_any_tile_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least one tile, received none"):
        stitch({}, count=4)
