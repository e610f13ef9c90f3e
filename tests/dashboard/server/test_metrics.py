"""What Prometheus reads: the numbers that the store has, for whoever has a token; and rules that name no others."""

import json
import re
import time
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from shared.client import Client
from shared.store import WorkerRecord
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.fixtures.small_runs import atlas
from tests.fixtures.synthetic_runs import finished_atlas, report_workers

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus"
# Prometheus's own.
BUILT_IN = {"up"}
WORDS = {"sum", "by", "and", "on", "or", "job", "queue", "convscope", "interactive"}


@pytest.fixture(autouse=True)
def _installation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)


def read(client: Client) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values, in the order of the labels' names."""
    _, token = client.library.tokens.make("ada", "metrics", scopes=("read",))
    answer = ask_route("/api/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, *(s.labels[key] for key in sorted(s.labels))): s.value for one in families for s in one.samples}


def test_an_empty_installation_says_zero_of_everything(client: Client) -> None:
    found = read(client)
    assert found["convscope_runs", "failed"] == 0 and found["convscope_queue_waiting", "batch"] == 0
    assert found["convscope_queue_oldest_seconds", "interactive"] == 0
    assert found["convscope_workers", "batch", "idle"] == 0
    assert found["convscope_cache_budget_bytes",] == client.settings.cache_budget


def test_runs_queues_and_workers_are_those_of_the_store(client: Client) -> None:
    finished_atlas(client.store, atlas(1), 3)
    for seed in (2, 3):
        client.submit(atlas(seed))
    report_workers(client.store)
    client.store.workers.report(WorkerRecord("b", "batch", "busy", memory=5_000_000, seen_at=time.time()))
    found = read(client)
    assert (found["convscope_runs", "complete"], found["convscope_runs", "live"]) == (1, 2)
    assert found["convscope_runs_of_kind", "filter_atlas"] == 3
    assert found["convscope_queue_waiting", "batch"] == 2 and found["convscope_queue_waiting", "interactive"] == 0
    assert 0 < found["convscope_queue_oldest_seconds", "batch"] < 60
    at_work = [worker for worker in client.store.workers.all() if worker.queue == "batch"]
    assert found["convscope_workers", "batch", "busy"] == sum(worker.state == "busy" for worker in at_work) == 1
    assert found["convscope_engine_memory_bytes", "batch"] == sum(worker.memory for worker in at_work)
    assert found["convscope_cache_bytes",] == client.store.parts.total_bytes() > 0


def test_without_a_token_nothing_is_said(client: Client) -> None:
    assert ask_route("/api/metrics").status_code == 401


def expressions() -> list[str]:
    """All that the alerts and the dashboard ask for."""
    rules = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"][0]["rules"]
    panels = json.loads((RULES / "grafana.json").read_text())["panels"]
    return [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_alerts_and_dashboard_name_metrics_that_there_are(client: Client, expression: str) -> None:
    finished_atlas(client.store, atlas(1), 3)
    known = {name for name, *_ in read(client)} | BUILT_IN
    named = {word for word in re.findall(r"[a-z_]+", expression) if word not in WORDS}
    assert named and named <= known


def test_the_scrape_asks_for_the_address_that_answers() -> None:
    (job,) = yaml.safe_load((RULES / "scrape.yml").read_text())["scrape_configs"]
    assert job["metrics_path"] == "/api/metrics" and "credentials_file" in job["authorization"]
