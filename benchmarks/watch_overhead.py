"""What `convscope.keras.Watch` costs a training: the seconds of its part of each epoch, beside the epoch's own.

What the training waits for is the copy of the weights. Sending them is another thread's, and the server's work would be
another machine's, so whole epochs are not compared here, where both share the processors.
"""

import statistics
import tempfile
import time
import warnings
from pathlib import Path

import keras
import numpy as np

import convscope
from convscope.keras import Watch
from tests.fixtures.dashboard_process import free_port, wait_until_it_answers
from tests.fixtures.installations import Installation

EPOCHS, PICTURES, SIZE, GOAL = 4, 384, 96, 0.01


class Clock(keras.callbacks.Callback):
    """Seconds of every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds, self.begun = list[float](), 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.begun = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.seconds.append(time.perf_counter() - self.begun)


class Timed(Watch):
    """The callback, which says how long the training waited for it: seconds, and seconds of a processor."""

    def __init__(self, *args: object, **fields: object) -> None:
        super().__init__(*args, **fields)  # type: ignore[arg-type]
        self.waits, self.processor = list[float](), list[float]()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        begun, thread = time.perf_counter(), time.thread_time()
        super().on_epoch_end(epoch, logs)  # type: ignore[arg-type]
        self.waits.append(time.perf_counter() - begun)
        self.processor.append(time.thread_time() - thread)


def main() -> None:
    """Print the longest wait as a share of an epoch, and epochs with the callback by those without."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), port=free_port())
        installation.start()
        try:
            assert installation.process is not None
            wait_until_it_answers(f"http://127.0.0.1:{installation.port}/healthz", installation.process,
                                  installation.log_file)  # fmt: skip
            _, token = installation.client().library.tokens.make("bench", "watch")
            _report(convscope.connect(f"http://127.0.0.1:{installation.port}", token))
        finally:
            installation.stop()


def _report(lab: convscope.Lab) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((PICTURES, SIZE, SIZE, 3), np.float32), rng.integers(0, 10, PICTURES)
    plain = Clock()
    watch = Timed(lab, layers=["block_6_expand_relu"], patience=5)
    net = keras.applications.MobileNetV2(input_shape=(SIZE, SIZE, 3), weights=None, classes=10)
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(x, y, epochs=1, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(x, y, epochs=EPOCHS, verbose=0, callbacks=[plain])
        net.fit(x, y, epochs=EPOCHS, verbose=0, callbacks=[watch])
    epoch = statistics.median(plain.seconds)
    print(f"MobileNetV2, {PICTURES} pictures of {SIZE} px: an epoch {epoch:.2f} s")
    wait, processor = statistics.median(watch.waits), statistics.median(watch.processor)
    print(f"the wait for the callback {1000 * wait:.0f} ms, {wait / epoch:.2%} of an epoch (goal {GOAL:.0%}); of a "
          f"processor {1000 * processor:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
