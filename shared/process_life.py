"""Children that end with their parent, however the parent ends."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PARENT = "CONVSCOPE_PARENT"


def child_environment(**more: str) -> dict[str, str]:
    """Environment for a child that calls end_with_parent(): this one's, and who the parent is."""
    return {**os.environ, PARENT: str(os.getpid()), **more}


def end_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send `how` to this process when its parent dies; kept across exec.

    Called first thing in the child, because preexec_fn is not safe in a parent with threads. Linux only:
    elsewhere a killed supervisor leaves its children to notice the closed pipe or the missing server.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(how))
    if os.environ.get(PARENT, str(os.getppid())) != str(os.getppid()):
        os.kill(os.getpid(), how)  # the parent died before the kernel was asked
