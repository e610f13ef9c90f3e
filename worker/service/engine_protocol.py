"""How an RQ parent and its engine talk: a JSON line a job one way, one byte back, and a pipe that says "warm"."""

import socket

READY_FD = "CONVSCOPE_READY_FD"
READY = b"R"
DONE = b"."
# How far an engine steps back behind other processes. Whoever waits for a picture comes before long runs.
NICE = "CONVSCOPE_NICE"
NICE_BY_QUEUE = {"interactive": 0, "batch": 10}


def engine_name(pid: int) -> str:
    """How an engine of this machine signs what it tells the store."""
    return f"{socket.gethostname()}:{pid}"
