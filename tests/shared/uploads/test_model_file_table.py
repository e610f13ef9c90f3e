"""The tables in docs/model_files.md are true: every kind of file there is made, and opened or refused as they say."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import check_model
from tests.fixtures.model_file_cases import BIAS, CLOSE, GIVES, KERNEL, OPENS, REFUSED
from tests.fixtures.old_model_files import numbers
from worker.networks.models import open_file

DOCUMENT = Path(__file__).parents[3] / "docs" / "model_files.md"


def cells(heading: str, column: int) -> list[str]:
    """A column of the table under a heading; -1 for the last."""
    section = DOCUMENT.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [re.split(r"(?<!\\)\|", row)[1:-1][column].strip() for row in rows]


@pytest.mark.parametrize(("heading", "cases"), [("What opens", OPENS), ("What does not", REFUSED)])
def test_the_table_names_what_is_tried_here(heading: str, cases: dict[str, object]) -> None:
    assert cells(heading, 0) == list(cases)


def test_the_table_says_how_close_they_are() -> None:
    assert set(GIVES) == set(OPENS)
    assert set(cells("What opens", -1)) == {f"{CLOSE:g}"}


@pytest.mark.parametrize("title", OPENS)
def test_it_opens(title: str, tmp_path: Path) -> None:
    path = OPENS[title](tmp_path)
    found = check_model(path, Settings())
    assert found.source
    network = open_file(path, found)
    assert tuple(network.inputs[0].shape) == (None, 6, 6, 2)
    nested = [one for one in network.layers if isinstance(one, keras.Model)]
    first = (nested[0] if nested else network).get_layer("c")
    assert np.array_equal(np.sort(np.ravel(first.kernel)), np.sort(np.ravel(KERNEL))), "the weights have landed"
    assert np.array_equal(first.bias, BIAS)
    pictures = numbers(7, 3, 6, 6, 2)
    expected = GIVES[title](pictures)
    shown = [pictures] * len(network.inputs) if len(network.inputs) > 1 else pictures
    given = np.asarray(network(shown, training=False))
    np.testing.assert_allclose(given, expected, rtol=0, atol=CLOSE * float(np.abs(expected).max()))


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_the_reason_and_the_way_out(make, words: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RefusedUpload, match=words) as refused:
        check_model(make(tmp_path), Settings())
    assert "\n" not in str(refused.value)
    assert len(re.findall(r"Expected .*\. Received: .*\. [A-Z].*\.", str(refused.value))) == 1
