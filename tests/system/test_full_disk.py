"""A disk that is full in the middle of an atlas: it is said, nothing is lost, and all goes on by itself with room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import StoreUnavailable
from tests.fixtures.installations import QUICK, SLOW, Installation

pytestmark = pytest.mark.faults
SIZE = "24m"
# Three batches or so: hit after the first, most of it is still to be made.
IN_BATCHES = SLOW.model_copy(update={"channels": tuple(range(24)), "size": 64, "steps": 30})


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small enough to fill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", folder], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    path = folder / "filler"
    with open(path, "ab", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return path


def test_a_full_disk_is_said_and_passes(small_disk: Path, tmp_path: Path) -> None:
    installation = Installation(small_disk / "data")
    client = installation.start()
    try:
        key, _ = client.submit(IN_BATCHES)
        installation.wait_for_parts(client, key, 1)
        before = client.results.parts(key)
        family = installation.processes()
        filler = fill(small_disk)

        def refuses() -> bool:
            try:
                client.store.ping()
            except StoreUnavailable as error:
                return "cannot write to its disk" in str(error)
            return False

        installation.wait_until(refuses, 30, "full")
        with pytest.raises(StoreUnavailable, match="Make room"):
            client.submit(QUICK)
        installation.wait_until(lambda: '"step": "telling people"' in installation.log(), 60, "met by the supervisor")
        filler.unlink()
        installation.wait_until(lambda: not refuses(), 30, "writable again")
        run = client.wait(key, timeout=120)
        assert run.status == "complete", run.error
        assert client.results.parts(key, before) == before
        assert all(one.is_running() for one in family), "supervisor, parents and engines wait for room"
        assert client.run(QUICK, timeout=90).run.status == "complete"
        installation.wait_until(lambda: any("are free" in t.text for t in client.store.troubles.all()), 60, "told")
    finally:
        installation.stop()
