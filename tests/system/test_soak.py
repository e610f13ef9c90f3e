"""A short soak, in which every accident happens once: the one of half an hour is `make soak`.

Mutation that was tried, and caught: an engine that does not end with its parent.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.analyses import KINDS
from tests.fixtures.faults import Clock
from tests.fixtures.small_requests import FIELDS
from tests.system.soak import ACCIDENTS, SHORT, soak


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


# Two and a half minutes on two cores that do nothing else; the limit is for machines that do.
@pytest.mark.faults
@pytest.mark.timeout(2400)
def test_whatever_happens_every_run_ends_once_and_as_it_would_have(tmp_path: Path) -> None:
    tally = soak(tmp_path, SHORT, seed=1)
    assert tally.wrong == [], tally.report()
    assert all(tally.done[f"accident: {what}"] for what in ACCIDENTS)
    assert tally.done["end: complete"] > 0, "nothing was computed"
