"""Redis clients for each kind of caller, and their errors in the project's words."""

import functools
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
)
from redis.retry import Retry

from shared.errors import StoreUnavailable

Patience = Literal["page", "worker"]
Class = TypeVar("Class", bound=type)

# A page must say "unreachable" within a moment; a worker must outlive a restart of the server.
_RETRIES = {"page": 1, "worker": 60}
_TIMEOUT = {"page": 2.0, "worker": 10.0}


def connect(url: str, patience: Patience = "page") -> redis.Redis:
    """A client that answers in bytes; nothing is sent before its first command.

    Args:
        url: redis://, rediss:// or unix:// address.
        patience: "page" gives up after about two seconds, "worker" keeps trying for about a minute.
    """
    # A Unix socket knows neither a time to connect nor a keepalive.
    network: dict[str, Any] = (
        {} if url.startswith("unix:") else {"socket_connect_timeout": _TIMEOUT[patience], "socket_keepalive": True}
    )
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT[patience],
        health_check_interval=15 if patience == "worker" else 0,
        retry=Retry(ExponentialBackoff(cap=1, base=0.02), _RETRIES[patience]),
        retry_on_error=[ConnectionError, TimeoutError, BusyLoadingError],
        **network,
    )


def translating_errors(cls: Class) -> Class:
    """Class decorator: public methods raise StoreUnavailable where Redis does not answer."""
    for name, value in list(vars(cls).items()):
        if callable(value) and not name.startswith("_") and not isinstance(value, staticmethod | classmethod):
            setattr(cls, name, _translated(value))
    return cls


def _translated(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except OutOfMemoryError:
            raise StoreUnavailable(
                "The store is full and takes no more results. Lower CONVSCOPE_CACHE_BUDGET or give the "
                "Redis server more memory; queued work is kept."
            ) from None
        except AuthenticationError:
            raise StoreUnavailable(
                "The store refuses this password. Check REDIS_URL against the server's settings."
            ) from None
        except (ConnectionError, TimeoutError, BusyLoadingError, ReadOnlyError) as error:
            raise StoreUnavailable(
                f"The store is unreachable ({type(error).__name__}). Runs go on by themselves when it is back; "
                "if it stays away, check REDIS_URL or start `convscope up`."
            ) from None

    return call
