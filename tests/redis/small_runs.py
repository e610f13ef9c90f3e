"""Small runs written straight into a store, without a worker: what every test of the store begins with."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.analyses import FilterAtlas, JobSpec
from shared.store import Store
from shared.store.runs import names

PART = b"p" * 100


def atlas(seed: int = 0, layer: str = "block1_conv1") -> FilterAtlas:
    """A spec that needs no resolving; another seed is another run."""
    return FilterAtlas(
        model="keras/vgg16/random",
        layer=layer,
        channels="0-2",
        size=8,
        steps=1,
        seed=seed,
        precision="float32",
    )


def submitted(store: Store, spec: JobSpec, job: str = "job-1") -> str:
    """A run that waits, without a job in the queue; returns its key."""
    assert store.runs.submit(spec, job, "mira") == "claimed"
    return spec.key()


def begun(store: Store, spec: JobSpec, job: str = "job-1", total: int = 3) -> tuple[str, int]:
    """A run with an attempt under way; returns its key and the attempt's fencing token."""
    key = submitted(store, spec, job)
    fence = store.runs.begin(key, job)
    store.runs.write(key, fence, None, {"total": total})
    return key, fence


def completed(store: Store, spec: JobSpec, parts: int = 1, data: bytes = PART) -> str:
    """A run with its result; returns its key."""
    key, fence = begun(store, spec, total=parts)
    for index in range(parts):
        store.runs.write(key, fence, (index, data), {})
    store.runs.finish(key, fence, {"device": "CPU"})
    return key


def status(store: Store, key: str) -> str:
    """The run's status now."""
    return store.runs.get(key).status


def lapse(store: Store, key: str) -> None:
    """Let a run's lease run out, as it does fifteen seconds after its worker died."""
    store.client.delete(names(key)[2])


def evict(store: Store, key: str) -> None:
    """Let a complete run leave the cache, as it does when the budget is spent."""
    store.client.hdel(f"convscope:run:{key}", "outcome", "done")
    store.client.hset(f"convscope:run:{key}", "evicted", "1")
    store.client.delete(f"convscope:parts:{key}")


@contextmanager
def earlier_release(spec_type: type[JobSpec]) -> Iterator[None]:
    """What is made within is of the version before today's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spec_type, "version", spec_type.version - 1)
        yield
