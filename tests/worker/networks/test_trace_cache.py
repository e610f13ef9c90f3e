"""What is kept of traces: the latest few of each family, and nothing of one that failed."""

from collections import OrderedDict
from typing import Any

import pytest

from worker.networks.tracing import trace_once


def test_the_trace_used_longest_ago_goes() -> None:
    traces: OrderedDict[Any, Any] = OrderedDict()
    made = [trace_once(traces, key, object, 2) for key in "ab"]
    assert trace_once(traces, "a", object, 2) is made[0]
    trace_once(traces, "c", object, 2)
    assert trace_once(traces, "a", object, 2) is made[0] and list(traces) == ["c", "a"]
    assert trace_once(traces, "b", object, 2) is not made[1]


def test_a_trace_that_fails_is_made_again() -> None:
    traces: OrderedDict[Any, Any] = OrderedDict()
    with pytest.raises(ZeroDivisionError):
        trace_once(traces, "a", lambda: 1 / 0, 1)
    assert trace_once(traces, "a", lambda: 2, 1) == 2
