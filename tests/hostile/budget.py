"""What a refusal may cost: 10 seconds of a processor, those of child processes with them, and 512 MB above what the
process had, in a process of its own. How busy the machine is besides makes no difference."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SECONDS, MEGABYTES = 10, 512
ROOT = Path(__file__).parents[2]
_MEASURED = """
import json, sys, threading
def memory():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
asked = json.loads(sys.stdin.readline())
module, name = asked["what"].split(":")
function = getattr(__import__(module, fromlist=[name]), name)
peak = memory()
done = threading.Event()
def watch():
    global peak
    while not done.wait(0.002):
        peak = max(peak, memory())
watcher = threading.Thread(target=watch)
watcher.start()
import os
def worked():
    return sum(os.times()[:4])
found = []
for given in asked["given"]:
    before = peak = memory()
    began = worked()
    try:
        said = ["taken", str(function(*given))[:200]]
    except Exception as error:
        said = [type(error).__name__, str(error)]
    seconds = worked() - began
    found.append({"said": said, "seconds": seconds, "megabytes": (peak - before) / 1e6})
done.set()
watcher.join()
print(json.dumps(found))
"""


def measured(what: str, *given: Any) -> dict[str, Any]:
    """Call a function in a new process; see measured_each()."""
    return measured_each(what, [list(given)])[0]


def measured_each(what: str, given: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Call a function several times, one after the other in one new process.

    Args:
        what: "module:function".
        given: its arguments of each call, as JSON values.

    Returns:
        Of each call `said` (name of the error, or "taken"; its words), `seconds` and `megabytes` above what it began
        with.
    """
    asked = json.dumps({"what": what, "given": given}) + "\n"
    command, limit = [sys.executable, "-c", _MEASURED], 60 + SECONDS * len(given)
    found = subprocess.run(command, input=asked, capture_output=True, text=True, cwd=ROOT, timeout=limit, check=False)
    assert found.returncode == 0, f"the process died: {found.stderr[-400:]}"
    return list(json.loads(found.stdout.splitlines()[-1]))


def is_refused(found: dict[str, Any], *errors: str) -> bool:
    """Whether one of these errors refused it, in a sentence, within the budget."""
    kind, words = found["said"]
    sentence = 10 < len(words) < 2500 and "Traceback" not in words and "\n" not in words
    return kind in errors and sentence and found["seconds"] < SECONDS and found["megabytes"] < MEGABYTES
