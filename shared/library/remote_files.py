"""What is different where files lie at an fsspec address: opening it, and errors in the project's words."""

import functools
import re
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from typing import Any, TypeVar

import fsspec
from fsspec.dircache import DirCache

from shared.errors import ConvscopeError, FilesUnavailable, InvalidSettings

Result = TypeVar("Result")
# Object stores that one driver, obstore, speaks with. Without it, or elsewhere, fsspec asks for a driver of its own.
BUCKETS = ("s3", "gs", "az", "abfs")
# obstore's own patience is three minutes, in which a page would stand still; whoever asked tries again anyway.
RETRIES: dict[str, Any] = {"max_retries": 2, "retry_timeout": timedelta(seconds=6)}
# Of one request; the second is from one piece of an answer to the next, for a model may be hundreds of megabytes.
PATIENCE = {"connect_timeout": "3s", "read_timeout": "10s", "timeout": "30m"}


def open_address(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it. What other processes add is seen: no listing is kept.

    Args:
        address: any of fsspec, such as s3://bucket/folder; the keys to it are read from the environment
            (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, ...), never from the address.

    Raises:
        InvalidSettings: there is no driver for it, or it is none.
    """
    try:
        if address.partition("://")[0] in BUCKETS and find_spec("obstore") is not None:
            return _open_bucket(address)
        return fsspec.core.url_to_fs(address, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise InvalidSettings(
            f"CONVSCOPE_FILES_URL names {_without_secrets(address)}, which cannot be opened: {reason}. Install the "
            "driver beside Convscope (obstore for s3://, gs:// and az://), or correct the address."
        ) from error


def _open_bucket(address: str) -> tuple[Any, str]:
    from obstore.fsspec import FsspecStore

    scheme, _, path = address.partition("://")
    if not path.strip("/") or "@" in path:
        raise ValueError("an address is a bucket and a folder in it, and credentials belong into the environment")
    # An address of the environment may be http:// where the network is private: that is whoever sets it's to know.
    of_scheme: Any = FsspecStore  # its types ask for a scheme that is known before
    files = of_scheme(scheme, retry_config=RETRIES, client_options={"allow_http": True, **PATIENCE})
    files.dircache = DirCache(use_listings_cache=False)
    return files, path.rstrip("/")


def _without_secrets(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", address)


def reaching_out(method: Callable[..., Result]) -> Callable[..., Result]:
    """Have a method of a file store say in the project's words that it is away or refuses; drivers raise anything.

    Args:
        method: of an object with `address` and `_local`, for which errors of a folder stay as they are.
    """

    @functools.wraps(method)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Result:
        try:
            return method(self, *args, **kwargs)
        except ConvscopeError:
            raise
        except Exception as error:
            if self._local or (isinstance(error, FileNotFoundError) and not no_bucket(error)):
                raise
            raise FilesUnavailable(
                f"The file store {_without_secrets(self.address)} cannot be used ({_in_short(error)}). Look whether it "
                "is there and whether its credentials are right; nothing is lost."
            ) from error

    return wrapped


def no_bucket(error: FileNotFoundError) -> bool:
    """Whether it is not a file that a driver misses, but the whole bucket: then nothing says that the file is gone."""
    return "NoSuchBucket" in str(error)


def _in_short(error: Exception) -> str:
    """What a driver says, without its XML and its counting of tries: the store's own code and message where it has
    one."""
    text = str(error)
    said = re.search(r"<Code>(\w+)</Code>\s*<Message>([^<]*)</Message>", text)
    if said:
        return f"{said[1]}: {said[2].rstrip('.')}"
    first = next(iter(text.splitlines()), "")
    return f"{type(error).__name__}: {first[:300]}"
