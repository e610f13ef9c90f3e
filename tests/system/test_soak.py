"""Two minutes of the soak: the one of thirty is `make soak`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.analyses import KINDS
from tests.fixtures.faults import Clock
from tests.fixtures.small_requests import FIELDS
from tests.system.soak import ACCIDENTS, soak


def test_every_kind_has_a_small_request() -> None:
    assert set(FIELDS) == set(KINDS)


def test_the_clock_of_its_processes_can_be_set(tmp_path: Path) -> None:
    """What Python and RQ take for the present; sleeps and timeouts go on as they were."""
    clock = Clock(tmp_path)
    clock.set(-86400)
    code = "import time, rq.utils as u; print(time.time() - time.clock_gettime(0), u.now().timestamp() - time.time())"
    command = [sys.executable, "-c", f"{code}; time.sleep(0.01)"]
    said = subprocess.run(command, env=os.environ | clock.environment, capture_output=True, text=True, check=True)
    behind, apart = map(float, said.stdout.split())
    assert abs(behind + 86400) < 1 and abs(apart) < 60


# Heavy, not of `make test`, until it has passed on slow and busy machines too: it failed once beside the browser tests.
@pytest.mark.heavy
@pytest.mark.timeout(1500)
def test_whatever_happens_every_run_ends_once_and_as_it_would_have(tmp_path: Path) -> None:
    tally = soak(tmp_path, seconds=60, seed=1)
    assert tally.wrong == [], tally.report()
    assert all(tally.done[f"accident: {what}"] for what in ACCIDENTS)
    assert tally.done["end: complete"] > 0, "nothing was computed"
