"""Nothing is left of what killed processes were about to write."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.library import FileStore
from shared.library.files import sweep
from worker.service.scratch import PREFIX, new_scratch, remove_scratch, sweep_scratch
from worker.service.supervisor import Child


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_a_killed_childs_temporary_files_go_with_it(temporary: Path) -> None:
    script = "import tempfile, time; tempfile.mkdtemp(); open(tempfile.mkstemp()[1], 'w').write('x'); time.sleep(60)"
    child = Child([sys.executable, "-c", script])
    child.start()
    assert child.process is not None
    end = time.monotonic() + 20
    while len([*Path(child.scratch).iterdir()]) < 2:
        assert time.monotonic() < end
        time.sleep(0.02)
    child.process.kill()
    child.process.wait()
    first = child.scratch
    child.start()
    assert child.scratch != first and not Path(first).exists()
    child.process.kill()
    child.process.wait()
    remove_scratch(child.scratch)
    assert not [*temporary.iterdir()]


def test_folders_of_processes_that_are_gone_are_swept_and_no_others(temporary: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = temporary / f"{PREFIX}{gone.pid}-abc"
    left.mkdir()
    (left / "file").write_text("x")
    (temporary / "somebody-elses").mkdir()
    mine = new_scratch()
    sweep_scratch()
    remove_scratch(str(temporary / "somebody-elses"))
    assert {path.name for path in temporary.iterdir()} == {Path(mine).name, "somebody-elses"}


def test_half_files_of_killed_processes_are_swept_and_whole_ones_stay(tmp_path: Path) -> None:
    files = FileStore(str(tmp_path / "files"))
    reference = files.put_bytes(b"whole")
    files.write_record("table", "name", {"a": 1})
    begun = [tmp_path / "files" / "blobs" / "ab" / "x.0011.part", tmp_path / "files" / "incoming" / "tmpabc",
             tmp_path / "remote-files" / "y.part"]  # fmt: skip
    fresh = tmp_path / "files" / "table" / "other.json.0022.part"
    for path in [*begun, fresh]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    for path in begun:
        os.utime(path, (time.time() - 7200, time.time() - 7200))
    assert sweep(tmp_path) == 3
    assert fresh.exists() and files.read(reference) == b"whole" and files.read_record("table", "name") == {"a": 1}


def test_a_full_disk_leaves_no_half_files(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False).returncode:
        pytest.skip("mounting a small file system is not allowed here")
    try:
        files = FileStore(str(disk / "files"))
        files.write_record("table", "small", {"a": 1})
        for size in (900_000, 2_000_000):
            with pytest.raises(OSError, match="No space left"):
                files.put_bytes(os.urandom(size))
        with pytest.raises(OSError, match="No space left"):
            files.write_record("table", "large", {"a": "x" * 2_000_000})
        left = [path for path in disk.rglob("*") if path.is_file()]
        assert [path.name for path in left] == ["small.json"]
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
