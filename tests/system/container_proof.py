"""`make docker`: the tests of real containers, and a closing line that counts them."""

import sys
from pathlib import Path

import pytest


class Counts:
    """A plugin that counts tests by how they ended; one that fails in its set-up has failed."""

    def __init__(self) -> None:
        self.ended = {"passed": 0, "failed": 0, "skipped": 0}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest after each phase of each test."""
        if report.when == "call" or report.outcome != "passed":
            self.ended[report.outcome] += 1


def main() -> int:
    """Run them.

    Returns:
        pytest's exit code.
    """
    counts = Counts()
    tests = str(Path(__file__).with_name("test_containers.py"))
    status = int(pytest.main(["-s", "-v", "-p", "no:xdist", "-m", "docker", *sys.argv[1:], tests], plugins=[counts]))
    ended = counts.ended
    print(f"{ended['passed']} passed, {ended['failed']} failed, {ended['skipped']} skipped")
    return status


if __name__ == "__main__":
    sys.exit(main())
