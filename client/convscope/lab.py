"""One installation: what it has, what it can compute, and what is asked of it."""

import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from convscope.connection import Connection
from convscope.errors import ConvscopeError, OutdatedError, RefusedError, RunFailedError
from convscope.kinds import Kind, read_kinds
from convscope.result import Result
from convscope.run import Run
from convscope.sending import dataset_file, free_name, model_file, picture_bytes, plain_name

REFERENCES = ("sha256:", "keras/", "bundled/", "sample/", "builtin/", "dataset/")


@dataclass(frozen=True)
class Added:
    """A model, picture or data set that the installation has now.

    Attributes:
        name: that people call it by; "" for none.
        reference: sha256:<digest>, the same for the same file for ever.
        notes: what was noticed on the way in.
        proof: of a model, what was found when a worker opened it.
    """

    name: str
    reference: str
    notes: tuple[str, ...] = ()
    proof: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.reference


def connect(url: str | None = None, token: str | None = None) -> "Lab":
    """An installation to ask.

    Args:
        url: of its dashboard; by default CONVSCOPE_URL.
        token: made on its page Links and tokens; by default CONVSCOPE_TOKEN.

    Raises:
        ConvscopeError: one of them is missing.
    """
    url, token = url or os.environ.get("CONVSCOPE_URL", ""), token or os.environ.get("CONVSCOPE_TOKEN", "")
    if not url:
        raise ConvscopeError("Expected the address of a Convscope. Give url, or set CONVSCOPE_URL.")
    if not token:
        raise ConvscopeError(f"Expected a token. Make one at {url}, page Links and tokens; give token, or set "
                             "CONVSCOPE_TOKEN.")  # fmt: skip
    return Lab(Connection(url, token.strip()))


class Lab:
    """One installation. Every kind that it can compute is also a method: lab.filter_atlas(model=..., layer=...).

    Attributes:
        connection: to its server.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def description(self) -> dict[str, Any]:
        """What the server says of itself, as OpenAPI."""
        try:
            return self.connection.get("openapi.json")
        except RefusedError as error:
            if error.status != 404:
                raise
            raise OutdatedError(f"The Convscope at {self.connection.url} is older than this package: it does not "
                                "describe itself. Update the server.") from None  # fmt: skip

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What it can compute, by name.

        Raises:
            OutdatedError: it speaks another interface than this package.
        """
        return read_kinds(self.description, self.connection.url)

    def __getattr__(self, name: str) -> Callable[..., Result]:
        if name.startswith("_") or name not in self.kinds:
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        kind = self.kinds[name]

        def ask(*, watch: Any = None, **fields: Any) -> Result:
            return self.run(name, watch=watch, **fields)

        ask.__name__, ask.__doc__ = name, kind.words
        ask.__signature__ = kind.signature  # type: ignore[attr-defined]
        return ask

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.kinds})

    def run(self, kind: str, *, watch: Any = None, timeout: float | None = None, **fields: Any) -> Result:
        """Have something computed, wait, and return the result; what was computed before is there at once.

        Args:
            kind: of the installation's kinds, such as "filter_atlas".
            watch: called with every new status; "bar" shows a progress bar. Anything else is the field of this name,
                which training has.
            timeout: seconds; None waits for ever.
            fields: of the kind. Where one names a model, a picture or a data set, it takes a name, a reference, a path,
                and what add_model(), add_image() and add_dataset() take; that is added first.

        Raises:
            RefusedError: the request is wrong.
            RunFailedError, RunCancelledError, TimeoutError: see Run.wait().
        """
        if watch is not None and watch != "bar" and not callable(watch):
            fields["watch"], watch = watch, None
        return self.submit(kind, **fields).wait(watch, timeout)

    def submit(self, kind: str, **fields: Any) -> Run:
        """Have something computed, without waiting for it."""
        made = self.connection.post("runs", json=self.spec(kind, **fields), again=True)
        return Run(self, made["key"], made["link"])

    def spec(self, kind: str, **fields: Any) -> dict[str, Any]:
        """What is sent for a run: its kind and fields, everything that was at hand added and named by reference.

        Raises:
            RefusedError: there is no such kind, or no such field of it.
        """
        if kind not in self.kinds:
            raise RefusedError(f"Expected one of {', '.join(self.kinds)}. Received {kind!r}.")
        known = self.kinds[kind]
        if wrong := [name for name in fields if name not in known.fields]:
            raise RefusedError(f"Expected fields of {kind}: {', '.join(known.fields)}. Received {wrong[0]!r}.")
        return {"kind": kind} | {
            name: self.reference(known.references[name], value) if name in known.references else _plain(value)
            for name, value in fields.items()
        }

    def reference(self, to: str, value: Any) -> Any:
        """A name or reference in place of whatever stands for a model, a picture or a data set; lists likewise.

        Args:
            to: "model", "image" or "dataset".
            value: see run(); a path, an array or a model is added first.
        """
        if value is None or isinstance(value, Added):
            return value and value.reference
        if isinstance(value, list | tuple):
            return [self.reference(to, one) for one in value]
        if isinstance(value, str) and (value.startswith(REFERENCES) or not Path(value).expanduser().exists()):
            return value
        if isinstance(value, str) and value in self._names(f"{to}s"):
            return value
        add: dict[str, Callable[[Any], Added]] = {"model": self.add_model, "image": self.add_image,
                                                  "dataset": self.add_dataset}  # fmt: skip
        return add[to](value).reference

    def add_model(self, model: Any, name: str = "", *, labels: str | Path | Sequence[str] | None = None,
                  preprocess: str = "", mean: str = "", deviation: str = "", bgr: bool = False) -> Added:  # fmt: skip
        """Add a model; a worker opens it once and compares it with plain Keras.

        Args:
            model: a file (.keras, .h5, .onnx, a zip), a folder of a SavedModel, or a Keras model.
            name: letters, digits, dots, dashes, underscores; by default the file's or the model's own.
            labels: class names in the order of the outputs: a file, a sequence, or "imagenet".
            preprocess: how pictures go in, where the network does not say: 0..1, -1..1, 0..255, caffe, torch.
            mean, deviation: a number a channel, or one for all: "0.485, 0.456, 0.406".
            bgr: blue comes first.

        Raises:
            RefusedError: it cannot be opened, or says something else there than in plain Keras.
        """
        fields = {"preprocess": preprocess, "mean": mean, "deviation": deviation, "bgr": "yes" if bgr else ""}
        taken = self._names("models")
        with model_file(model) as (file, title):
            fields["name"] = name or free_name(plain_name(Path(title).stem), taken)
            made = self._send("models", file, title, fields, labels)
        if not made["proof"] and made.get("opening"):
            try:
                Run(self, made["opening"]).wait()
            except RunFailedError as error:
                if fields["name"] not in taken:
                    self.connection.delete("models", fields["name"])
                raise RefusedError(str(error)) from None
        return Added(made["name"], made["reference"], (), made["proof"])

    def _send(self, where: str, file: Any, title: str, fields: Mapping[str, str], labels: Any) -> dict[str, Any]:
        given = {name: value for name, value in fields.items() if value}
        if labels == "imagenet":
            return self.connection.send(where, file=file, name=title, fields=given | {"labels": "imagenet"})
        if labels is None or isinstance(labels, str | Path):
            path = Path(labels).expanduser() if labels else None
            return self.connection.send(where, file=file, name=title, fields=given, labels=path)
        with TemporaryDirectory(prefix="convscope-") as folder:
            path = Path(folder) / "labels.json"
            path.write_text(json.dumps([str(one) for one in labels]))
            return self.connection.send(where, file=file, name=title, fields=given, labels=path)

    def add_image(self, picture: Any, name: str = "", *, span: str = "") -> Added:
        """Add a picture.

        Args:
            picture: a path, a PIL image, or an array; see sending.picture_bytes().
            name: to call it; "" for none, it is found by its reference.
            span: of numbers, what is black and white: "own" of their type, "minmax", or "LOW,HIGH".
        """
        data, title = picture_bytes(picture)
        fields = {key: value for key, value in {"name": name, "range": span}.items() if value}
        made = self.connection.send("images", file=io.BytesIO(data), name=title, fields=fields)
        return Added(made["name"], made["reference"], tuple(made["notes"]))

    def add_images(self, pictures: Any) -> list[Added]:
        """Add several pictures: a list of what add_image() takes, a batch (picture, height, width, bands), or a folder.

        A folder gives its pictures in the order of their names.
        """
        if isinstance(pictures, str | Path) and Path(pictures).expanduser().is_dir():
            pictures = sorted(one for one in Path(pictures).expanduser().iterdir() if one.is_file())
        elif isinstance(pictures, np.ndarray) and pictures.ndim < 4:
            pictures = [pictures]
        return [self.add_image(one) for one in pictures]

    def add_dataset(self, folder: Any, name: str = "", **fields: Any) -> Added:
        """Add a data set: every picture is looked at, and what is wrong is said.

        Args:
            folder: of class folders, or a zip of one.
            name: letters, digits, dots, dashes, underscores; by default the folder's.
            fields: labels_from, targets, range, validation, test, seed, and keep_transparency="yes" and
                skip_unreadable="yes".
        """
        with dataset_file(folder) as (file, title):
            given = {"name": name or free_name(plain_name(Path(title).stem), self._names("datasets"))}
            given |= {key: str(value) for key, value in fields.items()}
            made = self.connection.send("datasets", file=file, name=title, fields=given)
        return Added(made["name"], made["reference"], tuple(made["notes"]))

    def _names(self, where: str) -> set[str]:
        return {str(row["name"]) for row in self.connection.get(where)[where]}

    @property
    def models(self) -> list[dict[str, Any]]:
        """The models that people added."""
        return list(self.connection.get("models")["models"])

    @property
    def images(self) -> list[dict[str, Any]]:
        """Samples, and pictures that people named."""
        return list(self.connection.get("images")["images"])

    @property
    def datasets(self) -> list[dict[str, Any]]:
        """The data sets that people added."""
        return list(self.connection.get("datasets")["datasets"])

    def runs(self, limit: int = 30) -> list[dict[str, Any]]:
        """The newest runs."""
        return list(self.connection.get("runs", limit=limit)["runs"])

    def get(self, key: str) -> Run:
        """A run by its key; asked for its status, it says whether there is one."""
        return Run(self, key)

    def plan(self, title: str, specs: Sequence[Mapping[str, Any]], webhook: str = "") -> dict[str, Any]:
        """Many runs as one: what spec() makes of each; says the plan's id and the keys of its runs."""
        body = {"title": title, "specs": list(specs), "webhook": webhook}
        return self.connection.post("plans", json=body)

    def start_film(self, title: str, *, layers: Sequence[str] = (), channels: int = 8, pictures: Any = (),
                   dataset: Any = None, kept_models: int = 8) -> dict[str, Any]:  # fmt: skip
        """Start a film of a training: the same layers and pictures looked at after every epoch; see keras.Watch.

        Args:
            title: what is trained.
            layers: paths of up to 6 whose channels are drawn.
            channels: how many of each, the first ones, 1 to 32.
            pictures: up to 16 whose heat maps are drawn; see add_images().
            dataset: that the network is judged on after every epoch; a name, a reference, or a folder, added first.
            kept_models: so many epochs keep the file of their network on the server, 2 to 50; what was computed stays.

        Returns:
            What the server says of it: `id`, `link`, ...
        """
        named = [self.reference("image", one) if isinstance(one, str | Added) else self.add_image(one).reference
                 for one in _each(pictures)]  # fmt: skip
        body = {"title": title, "layers": list(layers), "channels": channels, "pictures": named,
                "dataset": self.reference("dataset", dataset) or "", "kept_models": kept_models}  # fmt: skip
        return self.connection.post("films", json=body)

    def add_frame(self, film: str, epoch: int, model: Added | str, logs: Mapping[str, float]) -> dict[str, Any]:
        """Put the network after an epoch behind a film's last frame; the server looks at it by itself.

        Args:
            film: its id.
            epoch: from 1, after all others.
            model: that was added. One whose name ends with "-epoch-7", in epoch 7, is the film's to delete in time.
            logs: numbers that the training said of the epoch.
        """
        named = model.name or model.reference if isinstance(model, Added) else model
        body = {"epoch": epoch, "model": named, "logs": plain_numbers(logs)}
        return self.connection.post("films", film, "frames", json=body)

    def __repr__(self) -> str:
        return f"<Lab {self.connection.url}>"


def _plain(value: Any) -> Any:
    """A field's value as JSON takes it: arrays and tuples as lists, NumPy's numbers as Python's."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _each(pictures: Any) -> Sequence[Any]:
    """Pictures one by one, from a list, a batch, or a single one."""
    if isinstance(pictures, np.ndarray):
        return list(pictures) if pictures.ndim == 4 else [pictures]
    return pictures if isinstance(pictures, list | tuple) else [pictures]


def plain_numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """What of a training's logs is a finite number; a metric of several numbers is left out."""
    found = {}
    for name, value in logs.items():
        number = np.asarray(value)
        if number.size == 1 and number.dtype.kind in "fiub" and np.isfinite(number).all():
            found[name] = float(number.reshape(()))
    return found
