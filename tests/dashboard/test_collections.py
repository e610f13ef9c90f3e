"""What the garbage collector has to look at after every run of a page's script."""

import ast
import gc
import inspect
import os
import subprocess
import sys

from streamlit.runtime.scriptrunner import script_runner

from dashboard.__main__ import SeldomGarbage
from shared.client import Client
from tests.dashboard.runs.test_states import ATLAS
from tests.fixtures.synthetic_runs import finished_atlas

# A visit in a process of its own: what is frozen stays so until its end.
VISIT = """
import gc, sys
import dashboard.app
from dashboard.__main__ import keep_collections_short
keep_collections_short()
from tests.fixtures.dashboard_visits import element, visit
page = visit(run=sys.argv[1])
assert element(page, "tiles-"), "an element that is drawn in the browser"
del page
gc.collect()
print(len(gc.get_objects()))
"""
# The page's own modules and what a visit leaves; pandas, imported after the freeze, brings 35,000 more.
MOST = 30_000


def test_little_is_left_to_collect_after_a_visit(client: Client) -> None:
    """Mutation that was tried: pandas left to the first visit, which gives 50,000 objects."""
    environment = {"REDIS_URL": str(client.settings.redis_url), "CONVSCOPE_DATA": str(client.settings.data)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", VISIT, finished_atlas(client.store, ATLAS, 8)],
        capture_output=True, text=True, env=os.environ | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.splitlines()[-1]) < MOST


def test_many_runs_of_scripts_collect_once() -> None:
    collections: list[str] = []
    watcher = lambda phase, facts: collections.append(phase) if facts["generation"] == 2 else None  # noqa: E731
    garbage = SeldomGarbage(seconds=60)
    gc.disable()
    gc.callbacks.append(watcher)
    try:
        for _ in range(50):
            garbage.collect(2)
    finally:
        gc.callbacks.remove(watcher)
        gc.enable()
    assert collections == ["start", "stop"]


def test_it_stands_where_streamlit_collects() -> None:
    """Another release of Streamlit that collects elsewhere would make every page dearer without a word."""
    tree = ast.parse(inspect.getsource(script_runner))
    calls = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [call for call in calls if call.startswith("gc.")] == ["gc.collect(2)"]
