"""Bodies of requests and addresses of pages: any of them is answered, refused in a sentence, and never an error."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.server.api import API_ROUTES
from shared.client import Client
from shared.errors import RefusedUpload
from shared.uploads.configs import check_config, parse_config
from shared.uploads.labels import labels_from_bytes
from shared.uploads.sizes import measure
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at, visit
from tests.fixtures.model_files import dense, layer, sequential

DEEP = {"lists": b"[" * 200_000, "objects": b'{"name":' * 100_000, "a deep name": b'{"name": ' + b"[" * 90_000}
BODIES = {
    **DEEP, "nothing": b"", "null": b"null", "a number": b"3", "zeros": bytes(1000), "no text": b"\xff\xfe\x00",
    "many": b"[" + b"1," * 600_000 + b"1]", "a long name": b'{"name": "' + b"x" * 3_000_000 + b'"}',
    "a name outside": b'{"name": "../../etc/passwd"}', "a device": b'{"name": "CON"}', "digits": b"9" * 100_000,
    "a name that is an object": b'{"name": {"$ne": 1}}', "half a letter": b'{"name": "\\ud800"}', "NaN": b"NaN",
}  # fmt: skip
WRITING = [(r.path, m) for r in API_ROUTES for m in sorted((r.methods or set()) - {"GET", "HEAD"})]
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def ask(client: Client, path: str, method: str, body: bytes) -> int:
    """The status of an answer to somebody with a token, on an entry of his own."""
    _, token = client.library.tokens.make("ada@example.org")
    where = path.replace("{name}", "mine").replace("{key}", "playground-v1-0")
    answer = ask_route(where, method, content=body, headers={"Authorization": f"Bearer {token}"}, routes=API_ROUTES)
    assert "Traceback" not in answer.text and len(answer.text) < 5000
    return answer.status_code


@pytest.fixture
def asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """An installation with an entry of each sort."""
    point_dashboard_at(client, monkeypatch)
    for table in ("models", "images", "datasets"):
        client.library.files.write_record(table, "mine", {"reference": "sha256:" + "a" * 64, "by": "ada@example.org"})
    return client


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_body_is_an_error(body: bytes, asked: Client) -> None:
    for path, method in WRITING:
        assert ask(asked, path, method, body) < 500, (method, path)
    assert asked.store.runs.recent(1) == []


FIELDS = st.sampled_from(["name", "kind", "a"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@QUIET
@given(value=VALUES, raw=st.binary(max_size=60))
def test_any_body_is_answered(value: Any, raw: bytes, asked: Client) -> None:
    for path, method in WRITING[:2]:
        assert ask(asked, path, method, json.dumps(value).encode()) < 500
        assert ask(asked, path, method, raw) < 500


STAGES = [
    "[" * 50_000, '{"a":' * 20_000, "null", "[null]", "[3]", "[[]]", '[{"type": 3}]', "NaN", "9" * 5000,
    '[{"type": "convolution"}]' * 2, '[{"type": "convolution", "filters": 1e99}]', '[{"weights": "typed", "grid": {}}]',
]  # fmt: skip


@pytest.mark.parametrize("stages", STAGES, ids=lambda s: s[:30])
def test_a_page_opens_whatever_stages_its_address_names(stages: str, asked: Client) -> None:
    assert not visit("playground", stages=stages).exception


ENTRIES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**30) | st.text(max_size=12) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["class_name", "config", "name", "layers", "module", "units", "inbound_nodes", "batch_shape"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(QUIET, max_examples=300)
@given(entry=ENTRIES, place=st.integers(0, 2))
def test_any_configuration_is_measured_or_refused(entry: Any, place: int) -> None:
    """What a stranger writes in the place of a layer, of its configuration or of the whole."""
    whole: Any = [entry, sequential(entry, dense()), sequential({**layer("Conv2D", filters=3), "config": entry})][place]
    with contextlib.suppress(RefusedUpload):
        config = parse_config(json.dumps(whole).encode(), "config.json")
        check_config(config)
        assert measure(config).layers > 0


@settings(QUIET, max_examples=300)
@given(data=st.binary(max_size=300), ending=st.sampled_from(["txt", "json", "csv", "yaml", "pbtxt", "npy", "py"]))
def test_any_file_of_class_names_is_read_or_refused(data: bytes, ending: str) -> None:
    for given_data in (data, b"\x93NUMPY\x01\0" + data, b"[" + data, b"names: " + data):
        with contextlib.suppress(RefusedUpload):
            found = labels_from_bytes(given_data, f"names.{ending}")
            assert found.names or found.outputs
