"""Where the store is, Redis clients for each kind of caller, and their errors in the project's words."""

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
    RedisError,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

from shared.errors import InvalidSettings, StoreUnavailable
from shared.redis_server import address, is_running
from shared.settings import Settings

Patience = Literal["page", "worker"]
Class = TypeVar("Class", bound=type)

# A page must say "unreachable" within a moment; a worker must outlive a restart of the server.
_RETRIES = {"page": 1, "worker": 60}
_TIMEOUT = {"page": 2.0, "worker": 10.0}
# What a server says, as the first word, while it takes nothing for reasons that pass.
_PASSING = ("MASTERDOWN", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED", "BUSY ", "LOADING")
_OUTAGES = (ConnectionError, TimeoutError, BusyLoadingError, ReadOnlyError)


class _NoRoom(OutOfMemoryError):
    """A write that the server refuses because its memory or its disk is full: nothing of it was done."""


# A page does not wait for its two seconds twice.
_RETRIED: dict[str, tuple[type[RedisError], ...]] = {
    "page": (ConnectionError, BusyLoadingError),
    "worker": (ConnectionError, BusyLoadingError, TimeoutError, _NoRoom),
}


def store_url(settings: Settings) -> str:
    """Address of the store: REDIS_URL, else the embedded server that runs on the data folder.

    Raises:
        StoreUnavailable: when there is neither.
    """
    if settings.redis_url:
        return settings.redis_url
    if is_running(settings.server_folder) and (url := address(settings.server_folder)):
        return url
    raise StoreUnavailable(
        f"No Convscope runs on {settings.data.absolute()}. Whoever looks after it starts one (in a terminal: "
        "`convscope up`), or sets REDIS_URL or CONVSCOPE_DATA to one that runs."
    )


def connect(url: str, patience: Patience = "page") -> redis.Redis:
    """A client that answers in bytes; nothing is sent before its first command.

    Args:
        url: redis://, rediss:// or unix:// address.
        patience: "page" gives up after about two seconds, "worker" keeps trying for about a minute, also where the
            server has no room: RQ's worker would end over that, and its engine with it.

    Raises:
        InvalidSettings: the address is none; it is not shown, for it may hold a password.
    """
    # A Unix socket knows neither a time to connect nor a keepalive.
    network: dict[str, Any] = (
        {} if url.startswith("unix:") else {"socket_connect_timeout": _TIMEOUT[patience], "socket_keepalive": True}
    )
    retry: Any = Retry(ExponentialBackoff(cap=1, base=0.02), _RETRIES[patience], _RETRIED[patience])
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=_TIMEOUT[patience],
            health_check_interval=15 if patience == "worker" else 0,
            retry=retry,
            **network,
        )
        pool = client.connection_pool
        pool.connection_class = _saying_no_room(pool.connection_class)
        return client
    except ValueError:
        raise InvalidSettings(
            "Expected REDIS_URL to be an address such as redis://:password@host:6379/0 or unix://:password@/path. "
            "Received something else. Change it in the environment."
        ) from None


def _saying_no_room(connection: Any) -> Any:
    """The same class of connections, which raise _NoRoom where a server without room refuses a write."""

    class Connection(connection):
        def read_response(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().read_response(*args, **kwargs)
            except ResponseError as error:
                if _no_room(str(error)):
                    raise _NoRoom(*error.args) from None
                raise

    return Connection


def _no_room(text: str) -> bool:
    # Servers before version 7 put the code of an error in a script into its text; newer ones' clients take it off.
    return "MISCONF" in text or "OOM command not allowed" in text or text.startswith("command not allowed when used")


def translating_errors(cls: Class) -> Class:
    """Class decorator: public methods raise StoreUnavailable where Redis does not answer."""
    for name, value in list(vars(cls).items()):
        if callable(value) and not name.startswith("_") and not isinstance(value, staticmethod | classmethod):
            setattr(cls, name, translating(value))
    return cls


def translating(method: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: the function raises StoreUnavailable where Redis does not answer."""

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except OutOfMemoryError as error:
            raise _full(str(error)) from None
        except AuthenticationError:
            raise StoreUnavailable(
                "The store refuses this password. Check REDIS_URL against the server's settings."
            ) from None
        except _OUTAGES as error:
            raise StoreUnavailable(
                f"The store is unreachable ({type(error).__name__}). Runs go on by themselves when it is back; "
                "if it stays away, whoever looks after it checks REDIS_URL or starts it (in a terminal: `convscope "
                "up`)."
            ) from None
        except ResponseError as error:
            if _no_room(str(error)):
                raise _full(str(error)) from None
            if any(word in str(error) for word in _PASSING):
                raise StoreUnavailable(f"The store takes nothing for now ({error}). It is asked again.") from None
            raise

    return call


def is_outage(error: BaseException) -> bool:
    """Whether an error of the Redis client says that the server is away, not that what it holds is wrong."""
    return isinstance(error, _OUTAGES) or (isinstance(error, ResponseError) and "WRONGTYPE" not in str(error))


def _full(said: str) -> StoreUnavailable:
    if "MISCONF" in said:
        return StoreUnavailable(
            "The store cannot write to its disk, which is probably full. Make room where it keeps its data, "
            "CONVSCOPE_DATA or the Redis server's own folder: it goes on by itself then, and nothing is lost."
        )
    return StoreUnavailable(
        "The store is full and takes no more results. Lower CONVSCOPE_CACHE_BUDGET or give the Redis server more "
        "memory; queued work is kept."
    )
