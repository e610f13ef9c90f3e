"""Previews: how parts look before they are finished. They are shown, and count as nothing."""

import pytest

from shared.errors import LeaseLost, RunCancelled
from shared.store import Store
from shared.store.runs import PREFIX
from tests.fixtures.small_runs import PART, atlas, begun, completed

COARSE, FINER = b"c" * 40, b"f" * 60


def all_of(store: Store, key: str) -> dict[int, bytes]:
    return store.previews.read_many(key, store.previews.indices(key))


def test_a_preview_is_there_until_its_part_is(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.previews.write(key, fence, 0, COARSE)
    store.previews.write(key, fence, 2, COARSE)
    run = store.runs.get(key)
    assert (run.done, run.previews, run.status, run.share) == (0, 2, "running", 0.0)
    assert store.parts.indices(key) == set() and store.parts.read(key, 0) is None
    assert all_of(store, key) == {0: COARSE, 2: COARSE}
    store.runs.write(key, fence, (0, PART), {})
    assert all_of(store, key) == {2: COARSE} and store.previews.read(key, 0) is None
    assert (store.runs.get(key).done, store.runs.get(key).previews) == (1, 1)


def test_a_newer_preview_takes_the_place_of_an_earlier_one(store: Store) -> None:
    key, fence = begun(store, atlas())
    for data in (COARSE, FINER):
        store.previews.write(key, fence, 1, data)
    assert all_of(store, key) == {1: FINER}
    assert store.parts.total_bytes() == len(FINER) == store.parts.sizes()[key]


def test_a_preview_of_a_finished_part_is_not_kept(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.write(key, fence, (1, PART), {})
    store.previews.write(key, fence, 1, COARSE)
    assert store.previews.indices(key) == set()
    assert store.parts.total_bytes() == len(PART)


def test_nothing_of_previews_is_left_when_a_run_is_complete(store: Store) -> None:
    key, fence = begun(store, atlas(), total=2)
    for index in range(2):
        store.previews.write(key, fence, index, COARSE)
        store.runs.write(key, fence, (index, PART), {})
    store.runs.finish(key, fence, {})
    run = store.runs.get(key)
    assert (run.status, run.previews, store.parts.total_bytes()) == ("complete", 0, 2 * len(PART))
    assert not store.client.exists(f"{PREFIX}previews:{key}")


def test_previews_of_a_cancelled_run_stay_and_the_next_attempt_finds_them(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.previews.write(key, fence, 0, COARSE)
    store.runs.end_cancelled(key, fence)
    assert store.runs.get(key).previews == 1
    begun(store, atlas(), job="job-2")
    assert all_of(store, key) == {0: COARSE}


def test_previews_alone_can_be_evicted_and_forgotten(store: Store) -> None:
    small = Store(store.client, cache_budget=len(PART) + 10)
    key, fence = begun(small, atlas())
    small.previews.write(key, fence, 0, COARSE)
    small.runs.end_cancelled(key, fence)
    completed(small, atlas(1))
    assert (all_of(small, key), small.runs.get(key).previews) == ({}, 0)
    assert small.parts.total_bytes() == len(PART)
    other, fence = begun(small, atlas(2))
    small.previews.write(other, fence, 0, COARSE)
    small.runs.forget(other)
    assert not small.client.exists(f"{PREFIX}previews:{other}")
    assert small.parts.total_bytes() <= len(PART)


def test_a_preview_is_progress_and_is_refused_like_a_part(store: Store) -> None:
    key, fence = begun(store, atlas())
    store.runs.wait_again(key, "job-1")
    with pytest.raises(LeaseLost):
        store.previews.write(key, fence, 0, COARSE)
    fence = store.runs.begin(key, "job-1")
    assert store.runs.get(key).stuck == 2
    store.previews.write(key, fence, 0, COARSE)
    assert store.runs.get(key).stuck == 0
    store.runs.request_cancel(key)
    with pytest.raises(RunCancelled):
        store.previews.write(key, fence, 1, COARSE)
