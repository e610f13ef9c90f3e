"""Every error a person can meet, in one tree.

    ConvscopeError
    ├── PermanentError               asking again gives the same answer: one attempt, then failed
    │   ├── InvalidSettings          an environment variable is wrong
    │   ├── InvalidSpec              a field of a request is wrong
    │   ├── UnknownKind              no such analysis
    │   ├── UnknownModel             no such reference, name or architecture
    │   ├── UnknownLayer             the model has no such layer, or it has nothing to show
    │   ├── UnknownImage             no such picture
    │   ├── UnknownDataset           no such data set
    │   ├── UnknownRun               no run under this key
    │   ├── UnknownShare             a share link that opens nothing (any more)
    │   ├── NotAllowed               somebody else's, or a thing for administrators
    │   ├── ShareUsedUp              a person's share of queue, storage or uploads; not before some of it is free
    │   ├── RefusedUpload            a file that must not be opened
    │   ├── WeightsUnavailable       weights cannot be had; says which file to put where
    │   ├── NotFinite                NaN or infinity in a computation: never drawn
    │   ├── DiskFull                 no room where files are kept; what is there stays
    │   ├── VersionMismatch          asked by a newer or older installation than the worker's
    │   ├── TakesTooMuch             an engine reached its limit of memory, or of time for opening a model
    │   ├── RefusedJob               a queued payload that names something not allowed
    │   └── RunFailed                the run ended in failure (what a waiting client raises)
    ├── RunCancelled                 somebody asked for it; not a failure
    ├── HandedOver                   the interactive queue's time is up; the batch queue goes on with it
    ├── LeaseLost                    another attempt has taken the run over; stop quietly
    ├── StoreUnavailable             Redis cannot be reached now
    ├── FilesUnavailable             the same of files at an address: away, or the credentials are refused
    ├── NoServer                     no Redis-protocol server to start
    └── DoesNotFit                   out of memory: halve the batch or choose a smaller size

A message has three parts: what was expected, what was received, what to do. What is done in a terminal stands in it as
"(in a terminal: `command`)", which pages leave out: they say first where on a page the same is done.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import PurePath
from typing import ClassVar

_OBJECT = re.compile(r"\s*['\"]?<[\w.]+ (?:object )?at 0x[0-9a-fA-F]+>['\"]?")
_COMMANDS = re.compile(r" \(in a terminal: [^()]*(?:\([^()]*\)[^()]*)*\)")


class ConvscopeError(Exception):
    """Base of all errors whose message is written for the person at the screen."""


class PermanentError(ConvscopeError):
    """The same request would fail again in the same way, so it is never retried by itself."""

    # Whether something done meanwhile, such as adding what is missing, lets a retry by hand succeed.
    curable: ClassVar[bool] = True


class InvalidSettings(PermanentError):
    """An environment variable holds a value that it may not have."""


class InvalidSpec(PermanentError):
    """A request's field is missing, unknown or out of bounds."""

    curable = False


class UnknownKind(PermanentError):
    """No analysis of this name."""

    curable = False


class UnknownModel(PermanentError):
    """No model of this reference or name."""


class UnknownLayer(PermanentError):
    """The model has no such layer, or the layer holds nothing that can be shown."""

    curable = False


class UnknownImage(PermanentError):
    """No picture of this reference."""


class UnknownDataset(PermanentError):
    """No data set of this reference or name."""


class UnknownRun(PermanentError):
    """No run has this key, or its result has left the cache."""


class UnknownShare(PermanentError):
    """A share link was not made here, has expired or was revoked."""


class NotAllowed(PermanentError):
    """It is somebody else's, or a thing for administrators."""


class ShareUsedUp(PermanentError):
    """Nothing is left of a person's share of queue, storage or uploads."""


class RefusedUpload(PermanentError):
    """A file breaks a rule that is checked before anything opens it."""

    curable = False


class WeightsUnavailable(PermanentError):
    """Weights can be neither found nor downloaded."""


class NotFinite(PermanentError):
    """A computation gave NaN or infinity."""


class DiskFull(PermanentError):
    """No room is left where files are kept; trying again by itself would not help."""


class VersionMismatch(PermanentError):
    """Request and worker speak different versions of a spec."""


class RefusedJob(PermanentError):
    """A payload in the queue names a function, callback or webhook that is not allowed."""

    curable = False


class RunFailed(PermanentError):
    """A run ended in failure; carries the message that the worker stored."""


class RunCancelled(ConvscopeError):
    """Somebody cancelled the run."""


class HandedOver(ConvscopeError):
    """The run took the interactive queue's time; the batch queue goes on with it."""


class LeaseLost(ConvscopeError):
    """A newer attempt owns the run, so this one must not write any more."""


class StoreUnavailable(ConvscopeError):
    """The Redis server does not answer."""


class FilesUnavailable(StoreUnavailable):
    """The file store, where it is an address of CONVSCOPE_FILES_URL, does not answer or lets nobody in."""


class NoServer(ConvscopeError):
    """No Redis-protocol server is installed and no address is given."""


class TakesTooMuch(PermanentError):
    """An engine reached its limit of memory, or of processor time for opening a model, and was ended."""


class DoesNotFit(ConvscopeError):
    """The device has not enough memory for this much at once."""


def message(expected: str, received: object, advice: str) -> str:
    """Join the three parts of an error message.

    Args:
        expected: what would have been right, as a clause ("`size` must be ...").
        received: the value that came instead; in plain words, see in_words(), cut at 120 characters.
        advice: the next thing to do, as a sentence.

    Returns:
        One line of text.
    """
    shown = in_words(received)
    shown = shown if len(shown) <= 120 else shown[:117] + "..."
    return f"Expected {expected}. Received: {shown}. {advice}"


def in_words(value: object) -> str:
    """A value as a person would write it: text in quotes, lists with commas, of bytes how many, of a path its name.

    An object that is neither text nor a number is called by its class: its representation means nothing to anybody.
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | str):
        return repr(value)
    if isinstance(value, PurePath):
        return repr(value.name)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value):,} bytes"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {in_words(one)}" for name, one in value.items()) or "nothing"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(in_words, value)) or "nothing"
    shown = str(value)
    return shown if type(value).__str__ is not object.__str__ and " at 0x" not in shown else type(value).__name__


def reason(error: BaseException) -> str:
    """What a library says of a failure, in a line of at most 120 letters without objects of Python; else its class."""
    lines = _OBJECT.sub("", str(error)).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__


def without_commands(text: str) -> str:
    """A message without what is done in a terminal, for pages."""
    return _COMMANDS.sub("", text)


def choices(received: str, available: Iterable[str], limit: int = 40) -> str:
    """Name the nearest matches and list what exists, for the advice of an unknown-name error."""
    names = list(available)
    near = get_close_matches(received, names, n=3, cutoff=0.5)
    guess = f"Did you mean {' or '.join(near)}? " if near else ""
    more = f", and {len(names) - limit} more" if len(names) > limit else ""
    return f"{guess}Choose one of: {', '.join(names[:limit])}{more}."


def retry_helps(kind: str) -> bool:
    """Whether asking again by hand may succeed after an error.

    Args:
        kind: its class's name, as a run's record keeps it; one that is not known here may.
    """
    found = globals().get(kind)
    return not (isinstance(found, type) and issubclass(found, PermanentError)) or found.curable
