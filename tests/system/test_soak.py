"""Two minutes of the soak: the one of thirty is `make soak`."""

from pathlib import Path

import pytest

from shared.analyses import KINDS
from tests.fixtures.small_requests import FIELDS
from tests.system.soak import ACCIDENTS, soak


def test_every_kind_has_a_small_request() -> None:
    assert set(FIELDS) == set(KINDS)


# Heavy, not of `make test`, until it has passed on slow and busy machines too: it failed once beside the browser tests.
@pytest.mark.heavy
@pytest.mark.timeout(1500)
def test_whatever_happens_every_run_ends_once_and_as_it_would_have(tmp_path: Path) -> None:
    tally = soak(tmp_path, seconds=60, seed=1)
    assert tally.wrong == [], tally.report()
    assert all(tally.done[f"accident: {what}"] for what in ACCIDENTS)
    assert tally.done["end: complete"] > 0, "nothing was computed"
