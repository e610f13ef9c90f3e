"""Models, pictures and data sets over HTTP: what there is, and new ones, written to the disk as they come.

    curl -H "Authorization: Bearer $TOKEN" -F name=net -F file=@net.keras URL/api/models

A file is held to the same rules as on the pages: its size is bounded before it is read, a model is opened once and
compared with plain Keras, a data set is looked at picture by picture. One that fails leaves nothing.
"""

import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path, PurePath

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.api import Endpoint, for_known, respond, with_token
from dashboard.server.responses import json_response
from shared.analyses import InspectModel
from shared.client import Client, add_model
from shared.errors import InvalidSpec, ShareUsedUp, message
from shared.library.additions import adding, size_of
from shared.library.architectures import ARCHITECTURES
from shared.library.bundled import BUNDLED
from shared.library.datasets.splits import Shares
from shared.library.entries import Sort
from shared.library.given_labels import IMAGENET, by_output, given_labels
from shared.library.preprocessing import own_preprocessing
from shared.settings import Settings
from shared.uploads.labels import ClassNames, read_labels
from shared.uploads.targets import Labelling

# A model is opened once when it is added. Proxies between here and there give up on a silent request after a minute.
OPENING_SECONDS = 45.0
# What stands around the file: names of parts and small fields.
ENVELOPE, MOST_FIELDS, LONGEST_FIELD = 1024 * 1024, 20, 64 * 1024
CHUNK = 1024 * 1024
FORM = 'a form with "file" and "name", such as curl -F name=net -F file=@net.keras'
Taker = Callable[[Client, FormData], Response]


class _TooLargeError(Exception):
    """More of a body came than may come."""


def with_form(sort: Sort, most: Callable[[Settings], int]) -> Callable[[Taker], Endpoint]:
    """Know who sends a form, then read it to the disk piece by piece, then have it taken, then forget it."""

    def decorate(take: Taker) -> Endpoint:
        @for_known(f"add a {sort}")
        @wraps(take)
        async def call(client: Client, request: Request) -> Response:
            limit = most(client.settings)
            if (refusal := await run_in_threadpool(_no_room, client, request)) is not None:
                return refusal
            try:
                form = await _read_form(request, limit + ENVELOPE)
            except _TooLargeError:
                return json_response({"error": f"Expected a {sort} of at most {limit:,} bytes. Received more."}, 413)
            except (MultiPartException, KeyError, ClientDisconnect):
                return json_response({"error": f"Expected {FORM}. Received something else."}, 400)
            try:
                return await respond(lambda: take(client, form), request)
            finally:
                await form.close()

        return call

    return decorate


def _no_room(client: Client, request: Request) -> Response | None:
    """What a form is answered that says itself that it is more than is left of the person's share; unread."""
    told = request.headers.get("content-length", "")
    try:
        client.share.require_upload(max(0, int(told) - ENVELOPE) if told.isdecimal() else 0)
    except ShareUsedUp as error:
        return json_response({"error": str(error)}, 429)
    return None


async def _read_form(request: Request, limit: int) -> FormData:
    """The form; its files lie on the disk without names, so that they are gone however this process ends.

    Raises:
        _TooLargeError: it says that it is longer than `limit` bytes, or it is.
        MultiPartException, KeyError: it is no form.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limit:
        raise _TooLargeError

    async def bounded() -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _TooLargeError
            yield chunk

    parser = MultiPartParser(
        request.headers, bounded(), max_files=MOST_FIELDS, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD
    )
    return await parser.parse()


@contextmanager
def _on_disk(file: UploadFile) -> Iterator[Path]:
    """A file of a form under a name of ours, which keeps no more of the sender's name than its ending."""
    ending = PurePath(file.filename or "").suffix.lower()[:20]
    with tempfile.NamedTemporaryFile(suffix=ending if ending[1:].isalnum() else "") as copy:
        while chunk := file.file.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def _file(form: FormData) -> UploadFile:
    found = form.get("file")
    if not isinstance(found, UploadFile):
        raise InvalidSpec(message(FORM, "no file", "Send the file in a part called file."))
    return found


def _words(form: FormData, name: str) -> str:
    found = form.get(name, "")
    if not isinstance(found, str):
        raise InvalidSpec(message(f"text as {name}", "a file", "Send it as a field."))
    return found.strip()


def _number(form: FormData, name: str, usual: float) -> float:
    typed = _words(form, name)
    try:
        return float(typed) if typed else usual
    except ValueError:
        raise InvalidSpec(message(f"a number as {name}", typed, "Send one, or leave it out.")) from None


def _labels(form: FormData) -> ClassNames:
    """Class names: `imagenet`, one file, or one file an output, each named after it."""
    given = form.getlist("labels")
    if given == [IMAGENET]:
        return given_labels([IMAGENET])
    found = []
    for file in given:
        if not isinstance(file, UploadFile):
            raise InvalidSpec(message(f"files as labels, or {IMAGENET}", str(file)[:100], "Send the names in a file."))
        with _on_disk(file) as path:
            found.append((PurePath(file.filename or "").stem, read_labels(path, file.filename or "")))
    return by_output(found) if len(found) > 1 else found[0][1] if found else ClassNames()


def _named(form: FormData) -> str:
    if not (name := _words(form, "name")):
        raise InvalidSpec(message("a name", "none", "Send one of letters, digits, '.', '_', '-'."))
    return name


@with_form("model", lambda settings: settings.max_upload)
def send_model(client: Client, form: FormData) -> Response:
    """Add a model: a form with file, name and, where wanted, labels (files, or imagenet), preprocess, mean, deviation.

    Says its reference and what was found when a worker opened it; `proof` is empty while none has. The key in `opening`
    is then of the run that will.
    """
    name, labels, file = _named(form), _labels(form), _file(form)
    way = own_preprocessing(_words(form, "preprocess"), mean=_words(form, "mean"), deviation=_words(form, "deviation"),
                            bgr=_words(form, "bgr") == "yes")  # fmt: skip
    with _on_disk(file) as path:
        title = PurePath(file.filename or "").name
        added = add_model(
            client, name, lambda: client.models.add_file(path, name, labels, way, title), OPENING_SECONDS,
            size=size_of(path),
        )  # fmt: skip
    opening = client.resolve(InspectModel(model=added.reference)).key()
    return json_response({"name": name, "reference": added.reference, "proof": dict(added.proof), "opening": opening})


@with_form("picture", lambda settings: settings.max_image_upload)
def send_picture(client: Client, form: FormData) -> Response:
    """Add a picture: a form with file and, where wanted, name and range (own, minmax, LOW,HIGH); says its reference."""
    name, file = _words(form, "name"), _file(form)
    data = file.file.read()
    with adding(client.library, client.me, "picture", name, size=len(data)):
        reference = client.images.add(data, name, _words(form, "range"))
    picture = client.images.open(reference)
    words = client.images.changes(reference) if picture.colours else picture.words
    return json_response({"name": name, "reference": reference, "notes": [words] if words else []})


@with_form("data set", lambda settings: settings.max_dataset_upload)
def send_dataset(client: Client, form: FormData) -> Response:
    """Add a data set: a form with file (a zip), name and, where wanted, labels_from, targets, range,
    keep_transparency, skip_unreadable, validation, test and seed; says its reference and what was found.
    """
    name, file = _named(form), _file(form)
    shares = Shares(_number(form, "validation", 0.2), _number(form, "test", 0.2), int(_number(form, "seed", 0)))
    labelling = Labelling(_words(form, "labels_from"), _words(form, "targets"))
    with _on_disk(file) as path:
        kept = _words(form, "keep_transparency") == "yes"
        checked = client.datasets.check(path, lambda _done, _total: None, labelling, _words(form, "range"), kept)
    skip, title = _words(form, "skip_unreadable") == "yes", PurePath(file.filename or "").name
    with adding(client.library, client.me, "data set", name, size=checked.size):
        reference = client.datasets.keep(checked, name, shares, skip, title)
    notes = [*checked.card(shares).notes, *(f"{path} cannot be read: {why}" for path, why in checked.unreadable[:20])]
    return json_response({"name": name, "reference": reference, "notes": notes})


@with_token("look at what is there")
def models(client: Client, _request: Request, _body: bytes) -> Response:
    """The models that were added, and those that can be asked for besides."""
    built = [f"keras/{name}" for name in ARCHITECTURES]
    return json_response({"models": client.models.records(), "bundled": [one.reference for one in BUNDLED.values()],
                          "architectures": built})  # fmt: skip


@with_token("look at what is there")
def pictures(client: Client, _request: Request, _body: bytes) -> Response:
    """Samples and pictures that were added and named."""
    given = client.images.given_names()
    found = [{"name": name, "reference": given.get(name, name)} for name in client.images.names()]
    return json_response({"images": found})


@with_token("look at what is there")
def datasets(client: Client, _request: Request, _body: bytes) -> Response:
    """Data sets that were added, and built-in ones."""
    given = {row["name"] for row in client.datasets.records()}
    built = [name for name in client.datasets.names() if name not in given]
    return json_response({"datasets": client.datasets.records(), "builtin": built})


ADDITION_ROUTES = [
    Route("/api/models", send_model, methods=["POST"]),
    Route("/api/models", models, methods=["GET"]),
    Route("/api/images", send_picture, methods=["POST"]),
    Route("/api/images", pictures, methods=["GET"]),
    Route("/api/datasets", send_dataset, methods=["POST"]),
    Route("/api/datasets", datasets, methods=["GET"]),
]
