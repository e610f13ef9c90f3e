"""The budget: least recently viewed results go, whatever is needed stays, and the sum is always right."""

import time
from dataclasses import replace

import pytest

from shared.client import Client
from shared.errors import UnknownRun
from shared.results import Part, encode_part
from shared.settings import Settings
from shared.store import Store
from shared.store.runs import PREFIX, names
from tests.fixtures.small_runs import PART, atlas, begun, completed, status, submitted

ROOM = 3  # results that fit: each is one part of 100 bytes


@pytest.fixture
def small(store: Store) -> Store:
    """The same server with a budget of three results."""
    return Store(store.client, cache_budget=ROOM * len(PART))


def _complete(store: Store, seed: int) -> str:
    """A result, viewed now; a millisecond apart, because the clock of the order has that grain."""
    key = completed(store, atlas(seed))
    time.sleep(0.002)
    return key


def _there(store: Store, keys: list[str]) -> list[bool]:
    return [bool(store.parts.indices(key)) for key in keys]


def _sum_of_sizes(store: Store) -> int:
    """Bytes of all parts, counted one by one."""
    keys = list(store.client.scan_iter(f"{PREFIX}parts:*"))
    return sum(len(value) for key in keys for value in store.client.hvals(key))


def test_results_within_the_budget_all_stay(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM)]
    assert _there(small, keys) == [True, True, True]
    assert small.parts.total_bytes() == 300


def test_the_least_recently_finished_goes_first(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM + 2)]
    assert _there(small, keys) == [False, False, True, True, True]


def test_viewing_a_result_saves_it(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM)]
    small.parts.note_view(keys[0])
    keys.append(_complete(small, ROOM))
    assert _there(small, keys) == [True, False, True, True]


def test_viewing_what_is_not_there_keeps_nothing(small: Store) -> None:
    small.parts.note_view(atlas(99).key())
    assert small.client.zcard(f"{PREFIX}seen") == 0


def test_reading_through_the_client_is_viewing(client: Client) -> None:
    part = encode_part(Part(0))
    keys = []
    for seed in range(2):
        keys.append(completed(client.store, atlas(seed), data=part))
        time.sleep(0.002)
    client.result(keys[0])
    small = Store(client.store.client, cache_budget=2 * len(part))
    keys.append(completed(small, atlas(2), data=part))
    assert _there(small, keys) == [True, False, True]


def test_a_pinned_result_stays(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM)]
    small.parts.pin(keys[0])
    keys += [_complete(small, seed) for seed in (10, 11, 12, 13)]
    assert small.parts.is_pinned(keys[0])
    assert _there(small, keys) == [True, False, False, False, False, True, True]


def test_an_unpinned_result_may_go_again(small: Store) -> None:
    key = _complete(small, 0)
    small.parts.pin(key)
    small.parts.unpin(key)
    for seed in range(1, ROOM + 1):
        _complete(small, seed)
    assert _there(small, [key]) == [False]


def test_pins_over_the_budget_push_out_the_rest_and_do_no_harm(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM)]
    for key in keys:
        small.parts.pin(key)
    key, fence = begun(small, atlas(10), total=1)
    small.runs.write(key, fence, (0, PART), {})
    assert _there(small, [*keys, key]) == [True, True, True, True]
    assert small.parts.total_bytes() == 400


def test_a_run_under_way_never_loses_parts(small: Store) -> None:
    key, fence = begun(small, atlas(0), total=6)
    for index in range(6):
        small.runs.write(key, fence, (index, PART), {})
    small.runs.finish(key, fence, {})
    assert small.parts.indices(key) == set(range(6))


def test_what_a_cancelled_or_failed_run_left_goes_as_well(small: Store) -> None:
    left = []
    for seed, end in enumerate(("cancelled", "failed")):
        key, fence = begun(small, atlas(seed))
        small.runs.write(key, fence, (0, PART), {})
        small.runs.end_cancelled(key, fence) if end == "cancelled" else small.runs.fail(key, fence, "X", "It broke.")
        left.append(key)
        time.sleep(0.002)
    keys = [_complete(small, seed) for seed in range(10, 10 + ROOM)]
    assert _there(small, left + keys) == [False, False, True, True, True]
    assert [status(small, key) for key in left] == ["cancelled", "failed"]
    assert (small.runs.get(left[1]).error, small.runs.get(left[1]).done) == ("It broke.", 0)


def test_what_a_failed_run_left_is_safe_once_it_is_retried(small: Store) -> None:
    key, fence = begun(small, atlas(0), total=2)
    small.runs.write(key, fence, (0, PART), {})
    small.runs.fail(key, fence, "X", "x")
    submitted(small, atlas(0), "job-2")
    for seed in range(10, 10 + ROOM):
        _complete(small, seed)
    assert small.parts.indices(key) == {0}


def test_run_records_and_the_queue_never_go(client: Client) -> None:
    small = Store(client.store.client, cache_budget=len(PART))
    client.queue.submit(atlas(50))
    keys = [_complete(small, seed) for seed in range(6)]
    assert client.queue.waiting("batch") == 1
    assert len(small.runs.recent()) == 7
    assert [small.runs.get(key).kind for key in keys] == ["filter_atlas"] * 6


def test_an_evicted_run_is_absent_and_still_knows_its_spec(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM + 1)]
    run = small.runs.get(keys[0])
    assert (run.status, run.evicted, run.done, run.over) == ("absent", True, 0, True)
    assert run.spec() == atlas(0)


def test_an_evicted_run_can_be_computed_again(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM + 1)]
    assert completed(small, atlas(0)) == keys[0]
    run = small.runs.get(keys[0])
    assert (run.status, run.evicted, run.done) == ("complete", False, 1)


def test_reading_an_evicted_result_says_run_it_again(client: Client) -> None:
    small = Store(client.store.client, cache_budget=len(PART))
    keys = [_complete(small, seed) for seed in range(2)]
    with pytest.raises(UnknownRun, match="Its result has left the cache: run it again"):
        client.result(keys[0])
    assert client.retry(keys[0])[1] == "submitted"


def test_the_counter_is_the_sum_of_the_sizes(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM + 2)]
    small.runs.forget(keys[-1])
    small.runs.forget(keys[0])  # evicted already
    small.runs.forget(keys[0])  # and forgotten already
    key, fence = begun(small, atlas(30))
    for data in (b"seven b", b"again"):
        small.runs.write(key, fence, (0, data), {})
    assert small.parts.total_bytes() == _sum_of_sizes(small) == 2 * 100 + 7
    assert sum(int(n) for n in small.client.hvals(f"{PREFIX}sizes")) == 207


def test_parts_are_read_in_any_number(store: Store) -> None:
    key = completed(store, atlas(), parts=150)
    assert set(store.parts.read_many(key, range(200))) == set(range(150))
    assert store.parts.read_many(key, []) == {}
    assert store.parts.read(key, 150) is None


def _archived(client: Client) -> str:
    key = completed(client.store, atlas(), parts=3, data=encode_part(Part(1, "one", facts={"dead": False})))
    client.results.pin(key)
    return key


def test_a_pinned_result_outlives_the_cache(client: Client) -> None:
    key = _archived(client)
    before = client.record(key)
    client.store.client.flushall()
    assert replace(client.record(key), now=before.now) == before
    assert set(client.results.parts(key)) == {0, 1, 2}
    assert client.results.part(key, 2) == encode_part(Part(1, "one", facts={"dead": False}))
    assert client.result(key).parts[0].name == "one"


def test_asking_for_an_archived_result_computes_nothing(client: Client) -> None:
    _archived(client)
    client.store.client.flushall()
    assert client.submit(atlas()) == (atlas().key(), "complete")
    assert client.queue.waiting("batch") == 0


def test_another_installation_on_the_same_files_reads_the_archive(client: Client, settings: Settings) -> None:
    key = _archived(client)
    client.store.client.flushall()
    assert Client(settings, client.store).results.parts(key, [1, 7]) == {1: client.results.part(key, 1)}


def test_only_a_complete_result_can_be_pinned(client: Client) -> None:
    key, _ = begun(client.store, atlas())
    with pytest.raises(UnknownRun, match=r"a complete run\. Received: '.*\(running\)'\. Wait for it, then pin it"):
        client.results.pin(key)
    assert client.library.archive.run(key) is None


def test_an_archive_without_its_record_is_none(client: Client) -> None:
    assert client.library.archive.run(atlas().key()) is None
    assert (client.library.archive.parts(atlas().key()), client.results.part(atlas().key(), 0)) == ({}, None)


def test_a_lease_never_outlives_its_run(small: Store) -> None:
    key = _complete(small, 0)
    assert [small.client.exists(name) for name in names(key)[2:4]] == [0, 0]


def test_the_budget_of_the_page_goes_before_the_one_of_the_process(small: Store) -> None:
    keys = [_complete(small, seed) for seed in range(ROOM)]
    assert small.parts.budget(300) == 300
    small.parts.set_budget(2 * len(PART))
    keys.append(_complete(small, ROOM))
    assert _there(small, keys) == [False, False, True, True] and small.parts.budget(300) == 200
    small.parts.set_budget(None)
    keys.append(_complete(small, ROOM + 1))
    assert _there(small, keys) == [False, False, True, True, True]
