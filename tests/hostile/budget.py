"""What a refusal may cost: 10 seconds and 512 MB above what the process had, in a process of its own."""

import json
import subprocess
import sys
import time
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
before = peak = memory()
done = threading.Event()
def watch():
    global peak
    while not done.wait(0.002):
        peak = max(peak, memory())
watcher = threading.Thread(target=watch)
watcher.start()
import time
began = time.perf_counter()
try:
    said = ["taken", str(function(*asked["given"]))[:200]]
except Exception as error:
    said = [type(error).__name__, str(error)]
seconds = time.perf_counter() - began
done.set()
watcher.join()
print(json.dumps({"said": said, "seconds": seconds, "megabytes": (peak - before) / 1e6}))
"""


def measured(what: str, *given: Any) -> dict[str, Any]:
    """Call a function in a new process.

    Args:
        what: "module:function".
        given: its arguments, as JSON values.

    Returns:
        `said` (name of the error, or "taken"; its words), `seconds` and `megabytes` above idle.
    """
    command = [sys.executable, "-c", _MEASURED]
    asked = json.dumps({"what": what, "given": given}) + "\n"
    began = time.perf_counter()
    found = subprocess.run(command, input=asked, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert found.returncode == 0, f"it died after {time.perf_counter() - began:.1f} s: {found.stderr[-400:]}"
    return dict(json.loads(found.stdout.splitlines()[-1]))


def assert_refused(found: dict[str, Any], *errors: str) -> None:
    """It was refused by one of these errors, in a sentence, within the budget."""
    kind, words = found["said"]
    assert kind in errors, found
    assert 10 < len(words) < 1500 and "Traceback" not in words and "\n" not in words, words
    assert found["seconds"] < SECONDS and found["megabytes"] < MEGABYTES, found
