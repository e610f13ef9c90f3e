"""How an installation is doing, as Prometheus reads it: queues, workers, runs, memory.

curl -H "Authorization: Bearer $TOKEN" URL/api/metrics

A token that may read is enough; deploy/prometheus has a scrape, alerts and a dashboard for Grafana.
"""

import time
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.api import with_token
from dashboard.server.responses import PLAIN_HEADERS
from shared.client import Client
from shared.queue import QUEUES

STATES = ("live", "complete", "failed", "cancelled")
WORKER_STATES = ("warming", "idle", "busy")


class _Installation(Collector):
    """What is read of the store at each scrape."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._runs()
        yield from self._queues()
        yield from self._workers()
        yield from self._store()

    def _runs(self) -> Iterator[GaugeMetricFamily]:
        listing = self._client.store.runs.listing
        found = _gauge("convscope_runs", "Runs that the installation remembers, by state.", "state")
        states = listing.values("state")
        for state in STATES:
            found.add_metric([state], states.get(state, 0))
        yield found
        kinds = _gauge("convscope_runs_of_kind", "The same, by kind.", "kind")
        for kind, number in listing.values("kind").items():
            kinds.add_metric([kind], number)
        yield kinds

    def _queues(self) -> Iterator[GaugeMetricFamily]:
        waiting = _gauge("convscope_queue_waiting", "Jobs that wait for a worker.", "queue")
        oldest = _gauge("convscope_queue_oldest_seconds", "How long the first of them waits; 0 where none does.",
                        "queue")  # fmt: skip
        now = time.time()
        for queue in QUEUES:
            waiting.add_metric([queue], self._client.queue.waiting(queue))
            first = self._client.queue.first(queue)
            asked = self._client.store.runs.get(first).submitted_at if first else 0
            oldest.add_metric([queue], max(0.0, now - asked) if asked else 0.0)
        yield from (waiting, oldest)

    def _workers(self) -> Iterator[GaugeMetricFamily]:
        workers = self._client.store.workers.all()
        at_work = Counter((worker.queue, worker.state) for worker in workers)
        memory: Counter[str] = Counter()
        for worker in workers:
            memory[worker.queue] += worker.memory
        found = GaugeMetricFamily("convscope_workers", "Workers that reported within the last ten seconds.",
                                  labels=("queue", "state"))  # fmt: skip
        engines = _gauge("convscope_engine_memory_bytes", "Memory of all engines of a queue.", "queue")
        for queue in QUEUES:
            for state in WORKER_STATES:
                found.add_metric([queue, state], at_work[queue, state])
            engines.add_metric([queue], memory[queue])
        yield from (found, engines)

    def _store(self) -> Iterator[GaugeMetricFamily]:
        store = self._client.store
        yield GaugeMetricFamily("convscope_cache_bytes", "Results in the cache.", store.parts.total_bytes())
        yield GaugeMetricFamily("convscope_cache_budget_bytes", "How much of them may be kept.",
                                store.parts.budget(self._client.settings.cache_budget))  # fmt: skip
        yield GaugeMetricFamily("convscope_troubles", "What supervisors cannot mend by themselves now.",
                                len(store.troubles.all()))  # fmt: skip
        yield GaugeMetricFamily("convscope_records_set_aside", "Records that could not be read and were set aside.",
                                len(store.troubles.records_set_aside()))  # fmt: skip


def _gauge(name: str, words: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=(label,))


@with_token("look at what is there")
def metrics(client: Client, _request: Request, _body: bytes) -> Response:
    """How the installation is doing, in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Installation(client))
    return Response(generate_latest(registry), headers={**PLAIN_HEADERS, "Content-Type": CONTENT_TYPE_LATEST})


METRIC_ROUTES = [Route("/api/metrics", metrics, methods=["GET"])]
