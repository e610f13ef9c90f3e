"""Values kept in memory because they take long to make: one class for all of them, and one call that clears."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakSet

Value = TypeVar("Value")
Asked = ParamSpec("Asked")
_all: "WeakSet[Cache[Any]]" = WeakSet()


class Cache(Generic[Value]):
    """Values by key, those that were asked for last. Safe to use from the threads of sessions and of routes.

    No lock is held while a value is made. Who asks for one that is being made waits for it, and meets its error.

    Args:
        most: how many are kept, or how much by `size`; the last one always is.
        size: of a value now; it may grow while it is kept.
    """

    def __init__(self, most: int, size: Callable[[Value], int] | None = None) -> None:
        self._most, self._size = most, size
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._made: dict[Hashable, Future[Value]] = {}
        self._lock = threading.Lock()
        _all.add(self)

    def get(self, key: Hashable, make: Callable[[], Value], good: Callable[[Value], bool] | None = None) -> Value:
        """The value of a key, from memory or made now.

        Args:
            key: everything that the value depends on.
            make: called where it is not kept; None is passed on and not kept.
            good: whether a kept value still is; by default all are.
        """
        while True:
            with self._lock:
                if key in self._kept and (good is None or good(self._kept[key])):
                    self._kept.move_to_end(key)
                    return self._kept[key]
                others, mine = self._made.get(key), Future[Value]()
                if others is None:
                    self._made[key] = mine
            if others is None:
                return self._make(key, make, mine)
            with suppress(CancelledError):
                return others.result()

    def _make(self, key: Hashable, make: Callable[[], Value], mine: "Future[Value]") -> Value:
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._made[key]
            if isinstance(error, Exception):
                mine.set_exception(error)
            else:
                mine.cancel()  # that a script was stopped concerns its own session alone: the next one makes it
            raise
        with self._lock:
            del self._made[key]
            if value is not None:
                self._kept[key] = value
                self._kept.move_to_end(key)
                self._trim()
        mine.set_result(value)
        return value

    def _trim(self) -> None:
        while len(self._kept) > 1 and self._much() > self._most:
            self._kept.popitem(last=False)

    def _much(self) -> int:
        return sum(map(self._size, self._kept.values())) if self._size else len(self._kept)

    def values(self) -> list[Value]:
        """What is kept, the one asked for last at the end; what has grown too much by now is let go."""
        with self._lock:
            self._trim()
            return list(self._kept.values())

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()


def bounded_cache(most: int) -> Callable[[Callable[Asked, Value]], Callable[Asked, Value]]:
    """A decorator: keep so many answers of a function, by its arguments."""

    def keeping(function: Callable[Asked, Value]) -> Callable[Asked, Value]:
        cache: Cache[Value] = Cache(most)

        @wraps(function)
        def call(*args: Asked.args, **kwargs: Asked.kwargs) -> Value:
            return cache.get((args, *sorted(kwargs.items())), lambda: function(*args, **kwargs))

        return call

    return keeping


def clear_caches() -> None:
    """Forget what every cache of this process keeps."""
    for cache in list(_all):
        cache.clear()
