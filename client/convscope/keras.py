"""A callback for Keras 3: the microscope follows a training, whatever its backend.

    import convscope
    from convscope.keras import Watch

    lab = convscope.connect()
    model.fit(..., callbacks=[Watch(lab, layers=["conv3", "conv5"], pictures=val_pictures)])

After every so many epochs the network's weights are copied, and a thread adds them to the server, which draws the same
channels and heat maps each time: a film, open in the browser while the training goes on. A training never waits for the
server, and never fails because of it: what goes wrong there is a warning.
"""

import contextlib
import queue
import random
import tempfile
import threading
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras

from convscope.errors import ConvscopeError
from convscope.lab import Lab, plain_numbers
from convscope.sending import free_name, plain_name

USUAL_LAYERS = 3
FILE = "network.keras"
# Epochs that wait to be sent; where the server is slower than the training, the older of them are left out.
WAITING = 2


class Watch(keras.callbacks.Callback):
    """Send the network to a Convscope after every so many epochs.

    Attributes:
        link: of the film's page; "" until the server has answered.
        sent: epochs that are in the film.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        layers: Sequence[str] | None = None,
        pictures: Any = (),
        every: int = 1,
        channels: int = 8,
        dataset: Any = None,
        labels: str | Path | Sequence[str] | None = None,
        preprocess: str = "",
        title: str = "",
        kept_models: int = 8,
        patience: float = 60.0,
    ) -> None:
        """What is looked at; nothing is asked of the server before the training begins.

        Args:
            lab: from convscope.connect().
            layers: names of up to 6, "outer/inner" in a network inside the network; by default the last convolutions.
            pictures: up to 16 whose heat maps are drawn: paths, PIL images, arrays, names, or a batch as an array.
            every: epochs between two frames; the last epoch is always one.
            channels: how many of each layer, the first ones, 1 to 32.
            dataset: that the network is judged on after every frame: a name, a reference or a folder.
            labels: class names in the order of the outputs; see Lab.add_model().
            preprocess: how pictures go in, where the network does not say; see Lab.add_model().
            title: by default the network's name.
            kept_models: so many frames keep the network's file on the server, 2 to 50; what was computed stays.
            patience: seconds that the end of the training waits for what is still to be sent.

        Raises:
            ValueError: `every` is below 1, or `kept_models` below 2.
        """
        super().__init__()
        if every < 1 or kept_models < 2:
            raise ValueError(f"Expected every of at least 1 and kept_models of at least 2. Received {every} and "
                             f"{kept_models}.")  # fmt: skip
        self.lab, self.every, self.patience = lab, every, patience
        self.link, self.sent = "", list[int]()
        self._title, self._layers = title, layers
        self._asked = {"pictures": pictures, "channels": channels, "dataset": dataset, "kept_models": kept_models}
        self._model_fields = {"labels": labels, "preprocess": preprocess}
        self._sender: _Sender | None = None
        self._second: Any = None
        self._last: tuple[int, dict[str, float]] | None = None

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Make the network a second time, once, and begin the thread, which speaks to the server by itself."""
        network = self.model
        layers = list(self._layers) if self._layers is not None else _convolutions(network)[-USUAL_LAYERS:]
        self._second, self._last = _second(network), None
        film = {**self._asked, "title": self._title or str(network.name), "layers": layers}
        self._sender = _Sender(self, film, self._model_fields)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Hand a copy of the weights to the thread, where this epoch is a frame."""
        number, said = epoch + 1, plain_numbers(logs or {})
        if number % self.every:
            self._last = (number, said)
            return
        self._last = None
        self._hand_over(number, said)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Send the last epoch, and wait a little for what was not sent yet."""
        if self._sender is None:
            return
        if self._last is not None:
            self._hand_over(*self._last)
        self._sender.finish(self.patience)
        self._sender = None

    def _hand_over(self, epoch: int, logs: dict[str, float]) -> None:
        if self._sender is not None and self._sender.alive:
            try:
                self._sender.take(_frame(self.model, self._second, epoch, logs))
            except Exception as error:
                warnings.warn(f"Convscope: epoch {epoch} could not be copied: {error}", stacklevel=2)


class _Frame(NamedTuple):
    """An epoch that waits.

    Attributes:
        epoch: from 1.
        logs: numbers that were said of it.
        second: a network of the same shape that takes the weights; None where `file` holds it all.
        weights: as they were then.
        file: folder with the saved network; None where there is a second one.
    """

    epoch: int
    logs: dict[str, float]
    second: Any
    weights: list[Any]
    file: "tempfile.TemporaryDirectory[str] | None"


def _second(network: Any) -> Any:
    """A network of the same shape, without an optimizer, whose state takes twice the room of the weights; None where
    there is no way to make one. What the training draws at random stays the same.
    """
    state = random.getstate()
    try:
        return keras.models.clone_model(network)
    except Exception:
        warnings.warn("Convscope: this network cannot be made a second time from its configuration, so each frame is "
                      "saved while the training waits.", stacklevel=3)  # fmt: skip
        return None
    finally:
        random.setstate(state)


def _frame(network: Any, second: Any, epoch: int, logs: dict[str, float]) -> _Frame:
    """The network as it is now: training goes on changing it."""
    if second is not None:
        return _Frame(epoch, logs, second, network.get_weights(), None)
    folder = tempfile.TemporaryDirectory(prefix="convscope-")
    network.save(Path(folder.name) / FILE)
    return _Frame(epoch, logs, None, [], folder)


class _Sender:
    """The thread beside the training, and what waits for it."""

    def __init__(self, watch: Watch, film: Mapping[str, Any], model_fields: Mapping[str, Any]) -> None:
        self._watch, self._asked, self._model_fields = watch, film, model_fields
        self._lab, self._film, self._stem = watch.lab, "", ""
        self._waiting: queue.Queue[_Frame | None] = queue.Queue()
        self._said = set[str]()
        self._thread = threading.Thread(target=self._work, name="convscope-watch", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether anything that is taken will be sent."""
        return self._thread.is_alive()

    def take(self, frame: _Frame) -> None:
        """Have a frame sent; where others wait already, the oldest makes room."""
        while self._waiting.qsize() >= WAITING:
            with contextlib.suppress(queue.Empty):
                if (old := self._waiting.get_nowait()) is not None:
                    if old.file is not None:
                        old.file.cleanup()
                    self._warn("slow", "the server is slower than the training; some epochs are left out of the film "
                                       f"(the first one is {old.epoch}). A larger `every` avoids that.")  # fmt: skip
        self._waiting.put(frame)

    def finish(self, patience: float) -> None:
        """Wait until all is sent, or until the patience is over."""
        self._waiting.put(None)
        self._thread.join(patience)
        if self._thread.is_alive():
            self._warn("late", f"not all epochs were sent within {patience:g} s; the last ones may be missing.")

    def _work(self) -> None:
        while (frame := self._waiting.get()) is not None:
            try:
                self._send(frame)
            except ConvscopeError as error:
                self._warn(type(error).__name__, f"epoch {frame.epoch} is not in the film: {error}")
            except Exception as error:
                self._warn(type(error).__name__, f"epoch {frame.epoch} is not in the film: {type(error).__name__}: "
                                                 f"{error}")  # fmt: skip

    def _send(self, frame: _Frame) -> None:
        if not self._film:
            self._begin()
        with frame.file or tempfile.TemporaryDirectory(prefix="convscope-") as folder:
            path = Path(folder) / FILE
            if frame.second is not None:
                frame.second.set_weights(frame.weights)
                frame.second.save(path)
            added = self._lab.add_model(path, f"{self._stem}-epoch-{frame.epoch}", **self._model_fields)
        self._lab.add_frame(self._film, frame.epoch, added, frame.logs)
        self._watch.sent.append(frame.epoch)

    def _begin(self) -> None:
        taken = {str(row["name"]).rpartition("-epoch-")[0] for row in self._lab.models}
        self._stem = free_name(plain_name(str(self._asked["title"])), taken)
        begun = self._lab.start_film(**self._asked)  # last: what fails before it starts no second film
        self._film, self._watch.link = str(begun["id"]), str(begun["link"])
        print(f"Convscope follows this training: {self._watch.link}", flush=True)

    def _warn(self, sort: str, words: str) -> None:
        """Once for each sort of trouble: a server that is away all night is one warning."""
        if sort not in self._said:
            self._said.add(sort)
            warnings.warn(f"Convscope: {words} The training goes on.", stacklevel=2)


def _convolutions(network: Any, inside: str = "") -> list[str]:
    """Paths of all convolutions, in order, in networks inside this one too."""
    found: list[str] = []
    for layer in network.layers:
        if getattr(layer, "layers", None):
            found += _convolutions(layer, f"{inside}{layer.name}/")
        elif "Conv" in type(layer).__name__:
            found.append(f"{inside}{layer.name}")
    return found
