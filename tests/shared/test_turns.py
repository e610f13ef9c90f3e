"""Fairness: whoever asks for a hundred runs waits behind the first run of everybody else."""

import re
import threading

import pytest

from shared.analyses import Activations, FilterAtlas
from shared.client import Client
from shared.store import WorkerRecord
from shared.store.runs import PREFIX
from tests.fixtures.small_runs import atlas

HELPER = re.compile(r"-h\d+$")


def order(client: Client) -> list[str]:
    """Who asked for the waiting jobs, first one first."""
    return [client.store.client.hget(f"{PREFIX}run:{run_of(job)}", "by").decode() for job in jobs(client)]


def jobs(client: Client) -> list[str]:
    """The waiting jobs, first one first."""
    return [job.decode() for job in client.store.client.lrange("rq:queue:batch", 0, -1)]


def run_of(job: str) -> str:
    """Key of the run that a job, or a helper's job, is of."""
    return HELPER.sub("", job).rpartition("-")[0]


def ask(client: Client, by: str, *seeds: int) -> None:
    for seed in seeds:
        client.queue.submit(atlas(seed), by)


def test_the_first_run_of_a_second_person_comes_second(client: Client) -> None:
    ask(client, "ada", *range(100))
    ask(client, "ben", 100)
    assert order(client)[:3] == ["ada", "ben", "ada"]
    assert order(client).count("ada") == 100


def test_people_take_turns_whoever_came_first(client: Client) -> None:
    ask(client, "ada", 0, 1, 2, 3)
    ask(client, "ben", 10, 11)
    ask(client, "cleo", 20)
    ask(client, "ben", 12)
    assert order(client) == ["ada", "ben", "cleo", "ada", "ben", "ada", "ben", "ada"]


def test_people_take_turns_in_the_interactive_queue_too(client: Client) -> None:
    pictures = [Activations(model="keras/vgg16/random", image=f"sample/{name}") for name in ("cat", "coffee", "coins")]
    for picture in pictures[:2]:
        client.queue.submit(picture, "ada")
    client.queue.submit(pictures[2], "ben")
    waiting = [client.record(key).by for key in client.queue.ahead("interactive")]
    assert waiting == ["ada", "ben", "ada"]


def test_one_persons_runs_keep_their_order(client: Client) -> None:
    ask(client, "ada", 5, 3, 4)
    ask(client, "ben", 10)
    keys = [run_of(job) for job in jobs(client)]
    assert [key for key in keys if key != atlas(10).key()] == [atlas(seed).key() for seed in (5, 3, 4)]


@pytest.fixture
def shared(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three workers serve the queue, and all of them may take part in a run."""
    monkeypatch.setattr(FilterAtlas, "shared_by", 3)
    for number in range(3):
        client.store.workers.report(WorkerRecord(f"batch-{number}", queue="batch"))


@pytest.mark.usefixtures("shared")
def test_helpers_are_counted_with_who_asked_for_their_run(client: Client) -> None:
    ask(client, "ada", 0)
    ask(client, "ben", 10)
    assert order(client) == ["ada", "ben", "ada", "ada", "ben", "ben"], "nobody's helper is before anybody's first run"


@pytest.mark.usefixtures("shared")
def test_helpers_of_a_run_that_began_are_behind_others_first_runs(client: Client) -> None:
    ask(client, "ada", 0)
    client.store.client.lrem("rq:queue:batch", 0, client.record(atlas(0).key()).job)
    ask(client, "ben", 10)
    assert order(client)[:3] == ["ben", "ada", "ada"]


@pytest.mark.usefixtures("shared")
def test_helpers_take_no_turn_from_who_asked_for_their_run(client: Client) -> None:
    ask(client, "ben", 10, 11, 12)
    ask(client, "ada", 0)
    ask(client, "ada", 1)
    leads = [job for job in jobs(client) if not HELPER.search(job)]
    assert [run_of(job) for job in leads[:4]] == [atlas(seed).key() for seed in (10, 0, 11, 1)]


def test_a_job_that_a_worker_took_meanwhile_is_not_put_back(client: Client) -> None:
    ask(client, "ada", 0, 1)
    ask(client, "ben", 10)
    job = client.record(atlas(10).key()).job
    client.store.client.lrem("rq:queue:batch", 0, job)
    client.store.runs.take_turns("rq:queue:batch", job)
    assert order(client) == ["ada", "ada"]


def test_no_job_is_lost_or_doubled_when_many_ask_at_once(client: Client) -> None:
    threads = [threading.Thread(target=ask, args=(client, name, *range(base, base + 12)))
               for base, name in ((0, "ada"), (100, "ben"), (200, "cleo"), (300, "dan"))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = order(client)
    assert sorted(found) == sorted(["ada", "ben", "cleo", "dan"] * 12)
