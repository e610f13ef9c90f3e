"""One engine as its parent sees it: the process, the pipes to it, its folder for temporary files."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping

from shared.process_life import child_environment
from worker.service.engine_protocol import READY, READY_FD
from worker.service.scratch import new_scratch, remove_scratch


class EngineProcess:
    """An engine that was started.

    Args:
        process: with a pipe at its standard input and at its standard output.
        ready_pipe: where it says that it is warm; -1 for none.
        scratch: its folder; "" for none.
    """

    def __init__(self, process: subprocess.Popen[bytes], ready_pipe: int = -1, scratch: str = "") -> None:
        self._process, self._ready_pipe, self._scratch = process, ready_pipe, scratch
        self._warm = False

    @classmethod
    def start(cls, environment: Mapping[str, str]) -> "EngineProcess":
        """Start one. From the main thread: it dies with the thread that made it."""
        scratch = new_scratch()
        ready_pipe, write_end = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "worker.service.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
            pass_fds=[write_end],
            env=child_environment(**environment, **{READY_FD: str(write_end), "TMPDIR": scratch}),
        )
        os.close(write_end)
        return cls(process, ready_pipe, scratch)

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process exists."""
        return self._process.poll() is None

    @property
    def warm(self) -> bool:
        """Whether it has imported TensorFlow."""
        if not self._warm and self._ready_pipe >= 0 and select.select([self._ready_pipe], [], [], 0)[0]:
            self._warm = os.read(self._ready_pipe, 1) == READY
        return self._warm

    def hand(self, task: Mapping[str, str]) -> None:
        """Give it a job; that it has died meanwhile is found out where its end is awaited."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write((json.dumps(task) + "\n").encode())
            self._process.stdin.flush()

    def said(self, seconds: float) -> bytes | None:
        """What it says within so many seconds: a byte, b"" at its end, None for nothing."""
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return None
        return os.read(self._process.stdout.fileno(), 1)

    def wait(self) -> tuple[int, int, object]:
        """Its end as os.wait4() has it."""
        ended = os.wait4(self.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(ended[1])
        return ended

    def kill(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """End it, if it lives."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def clear(self) -> None:
        """After its end: close the pipes, and remove what it was about to write."""
        if self._process.returncode is None:
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        if self._ready_pipe >= 0:
            os.close(self._ready_pipe)
            self._ready_pipe = -1
        remove_scratch(self._scratch)
