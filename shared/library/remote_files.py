"""What is different where files lie at an fsspec address: opening it, and errors in the project's words."""

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

import fsspec

from shared.errors import ConvscopeError, FilesUnavailable, InvalidSettings

Result = TypeVar("Result")


def open_address(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it. What other processes add is seen: no listing is kept."""
    try:
        return fsspec.core.url_to_fs(address, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InvalidSettings(
            f"CONVSCOPE_FILES_URL names {_without_secrets(address)}, which cannot be opened: {reason}. Install the "
            "driver beside Convscope (s3fs for s3://, gcsfs for gs://, adlfs for abfs://), or correct the address."
        ) from error


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
        except (ConvscopeError, FileNotFoundError):
            raise
        except Exception as error:
            if self._local:
                raise
            first = next(iter(str(error).splitlines()), "")[:300]
            raise FilesUnavailable(
                f"The file store {_without_secrets(self.address)} cannot be used ({type(error).__name__}: {first}). "
                "Look whether it is there and whether its credentials are right; nothing is lost."
            ) from error

    return wrapped
