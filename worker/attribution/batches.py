"""Many pictures through a network, as many at once as fit memory and end soon enough for a cancel."""

import time
from collections.abc import Iterator

from worker.networks.layer_trace import TracedLayer

# What one batch may take of a processor's memory; of a card's, the share that the caller names.
CPU_MEMORY = 1024**3
CARD_SHARE = 0.4
# The analysis reports while a batch runs (worker.analyses.background), so this only bounds what a cancel wastes;
# below eight a processor loses a tenth of its pace.
TARGET_SECONDS, LEAST, LARGEST = 1.5, 8, 64


def bytes_a_picture(layers: dict[str, TracedLayer]) -> int:
    """Activations of one picture and as much again for gradients, roughly."""
    return 8 * sum(_units(t) for t in layers.values()) or 1


def _units(traced: TracedLayer) -> int:
    count = 1
    for side in traced.shape:
        count *= int(side or 1)
    return count


def batches(total: int, picture_bytes: int, device_memory: int = 0) -> Iterator[slice]:
    """Slices of 0 … total, sized by what the last one took; a batch is a power of two, for each size costs a set-up.

    Args:
        total: how many pictures.
        picture_bytes: see bytes_a_picture().
        device_memory: of the card; 0 for the processor.
    """
    room = int(device_memory * CARD_SHARE) if device_memory else CPU_MEMORY
    most = max(1, min(LARGEST, room // picture_bytes))
    size, done = min(LEAST, most), 0
    while done < total:
        stop = min(total, done + size)
        begun = time.perf_counter()
        yield slice(done, stop)
        seconds = max(time.perf_counter() - begun, 1e-6) / (stop - done)
        done, size = stop, min(most, max(LEAST, _power_of_two(TARGET_SECONDS / seconds)))


def _power_of_two(number: float) -> int:
    return 1 << max(0, int(max(1.0, number)).bit_length() - 1)
