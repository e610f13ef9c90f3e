"""Networks of many families, saved in every way that Keras writes: none of them is shown as another one.

`make test-heavy` runs all families in both forms, and keras.applications; the suite one of each kind.
"""

from pathlib import Path

import pytest

from tests.fixtures.network_families import APPLICATIONS, CHEAP, HEADS, KEPT_SMALL
from tests.fixtures.saved_networks import SINGLE, filled
from tests.system.test_no_silent_difference import Compared, compare, differs

HALVES = 2e-2
WAYS = ("keras", "h5")
ALL = CHEAP | APPLICATIONS
IN_SUITE = ("ensemble", "temperature", "sigmoids", "spectral normalization", "rectifiers", "attention by operations",
            "recurrent convolutions",
            "three deep", "shared layer", "two inputs by name", "whole numbers in", "six bands", "one channel",
            "twice the precision", "transparent on white", "thirteen bands", "any height", "one picture at a time",
            "rescaling by channel", "half precision in", "hue, saturation, value",
            "first: squeeze and excite", "first: mask", "int8, separable", *HEADS)  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def swept(folder: Path, title: str, way: str) -> Compared | None:
    """Save a family's network in one way and compare it; None where Keras cannot save it so."""
    family = ALL[title]()
    if title not in KEPT_SMALL | APPLICATIONS:
        filled(family.network)
    path = folder / f"net.{way}"
    try:
        family.network.save(path)
    except Exception:  # Keras says in many ways that HDF5 has no room for something
        return None
    found = compare(folder, path, family.network, family.logits)
    found.name = f"{title}, .{way}"
    print(found.row())
    return found


def limit(title: str) -> float:
    return HALVES if title in KEPT_SMALL else SINGLE


@pytest.mark.parametrize("title", IN_SUITE)
def test_a_family_is_shown_as_it_is(tmp_path: Path, title: str) -> None:
    found = swept(tmp_path, title, "keras")
    assert found is not None and found.words == ""
    assert found.outputs[0] > 0 and not differs(found, limit(title)), found.row()


@pytest.mark.heavy
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("way", WAYS)
def test_no_family_differs_silently(tmp_path: Path, way: str) -> None:
    rows = []
    for title in ALL:
        folder = tmp_path / title.replace(" ", "_").replace(":", "")
        folder.mkdir()
        found = swept(folder, title, way)
        if found is not None and (found.outputs[0] == 0) != found.words.startswith("refused"):
            rows.append(found.row())
        if found is not None and differs(found, limit(title)):
            rows.append(found.row())
    assert not rows
