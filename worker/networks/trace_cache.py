"""Keep what was traced, the latest few: a trace takes seconds to make, and holds memory."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


def trace_once(traces: OrderedDict[Any, Any], key: Hashable, make: Callable[[], Value], most: int) -> Value:
    """A trace, from those used last or made now.

    Args:
        traces: to look in and to keep it in.
        key: everything that the trace depends on.
        make: called where it is not there; nothing is kept where it fails.
        most: how many are kept, the one used longest ago goes first.
    """
    if key not in traces:
        traces[key] = make()
    traces.move_to_end(key)
    while len(traces) > most:
        traces.popitem(last=False)
    found: Value = traces[key]
    return found
