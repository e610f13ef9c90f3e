"""What is kept in memory: the latest, made once, and nobody waits for what somebody else makes of another key.

Mutations that were tried, each caught: the lock held while a value is made, failures kept, sizes taken when a value
is put in, a stopped script's error handed to those who wait.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.server.caches import Cache, bounded_cache, clear_caches

SECONDS = 10.0


def _key(key: str) -> Callable[[], str]:
    return lambda: f"made {key}"


def test_what_was_asked_for_longest_ago_goes() -> None:
    cache: Cache[object] = Cache(2)
    first, second = cache.get("a", object), cache.get("b", object)
    assert cache.get("a", object) is first
    cache.get("c", object)
    assert cache.get("a", object) is first and cache.get("b", object) is not second


def test_sizes_are_those_of_now_and_the_last_one_always_stays() -> None:
    cache: Cache[list[int]] = Cache(4, size=len)
    first, second = cache.get("a", list), cache.get("b", list)
    first.extend([0] * 3)
    second.extend([0] * 9)
    assert cache.values() == [second], "both had no size when they were made"
    assert cache.get("c", lambda: [0]) == [0] and cache.values() == [[0]]


def test_nothing_and_failures_are_not_kept() -> None:
    cache: Cache[str | None] = Cache(2)
    assert cache.get("a", lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: str(1 / 0))
    assert cache.get("a", _key("a")) == "made a" == cache.get("a", lambda: None)
    assert cache.get("a", _key("b"), good=lambda value: value == "old") == "made b"


@pytest.mark.parametrize("fails", [False, True])
def test_two_who_ask_at_once_have_it_made_once(fails: bool) -> None:
    cache: Cache[object] = Cache(2)
    begun, go, calls = threading.Event(), threading.Event(), []

    def make() -> object:
        calls.append(1)
        begun.set()
        assert go.wait(SECONDS)
        if fails:
            raise OSError("gone")
        return object()

    def ask() -> Any:
        try:
            return cache.get("a", make)
        except OSError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask)]
        assert begun.wait(SECONDS)
        asked += [pool.submit(ask) for _ in range(3)]
        assert cache.get("b", _key("b")) == "made b", "another key is made meanwhile"
        waiting = [not one.done() for one in asked]
        go.set()
        found = {id(one.result(SECONDS)) if not fails else one.result(SECONDS) for one in asked}
    assert all(waiting) and len(found) == 1
    # Whoever came after the failure had it made again.
    assert len(calls) == 1 or fails


def test_a_stopped_script_leaves_the_value_to_the_next_session() -> None:
    cache: Cache[str] = Cache(2)
    begun, go = threading.Event(), threading.Event()

    def stopped() -> str:
        begun.set()
        assert go.wait(SECONDS)
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "a", stopped)
        assert begun.wait(SECONDS)
        second = pool.submit(cache.get, "a", _key("a"))
        go.set()
        assert second.result(SECONDS) == "made a"
        assert isinstance(first.exception(SECONDS), KeyboardInterrupt)


def test_one_call_clears_all() -> None:
    made: list[int] = []

    @bounded_cache(4)
    def answer(number: int, *, times: int = 1) -> int:
        made.append(number)
        return number * times

    assert [answer(2), answer(2), answer(2, times=3)] == [2, 2, 6] and made == [2, 2]
    clear_caches()
    assert answer(2) == 2 and made == [2, 2, 2]
