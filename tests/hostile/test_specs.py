"""Specs over the API, the command line and an address: refused in a sentence before anything large is made of them."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dashboard.server.api import API_ROUTES
from shared.analyses import KINDS, JobSpec, parse_spec, spec_from_json
from shared.analyses.training_run.spec import TrainingRun
from shared.cli import app
from shared.client import Client
from shared.errors import ConvscopeError
from tests.fixtures.asked_routes import ask_route
from tests.fixtures.dashboard_visits import point_dashboard_at
from tests.hostile.budget import is_refused, measured_each

ATLAS = {"kind": "filter_atlas", "model": "keras/vgg16/random", "layer": "block1_conv1"}
WIDE = ",".join(["0-65535"] * 300)
# Values of a field, each with its field; all of them as an address or a shell brings them, as text.
FIELDS: list[tuple[str, Any]] = [
    ("channels", WIDE), ("channels", "0-99999999999"), ("channels", "9" * 5000), ("channels", "5-2"),
    ("channels", "-1"), ("channels", "1;2"), ("channels", "0x10"), ("channels", "1e3"), ("channels", "\u0000"),
    ("channels", "," * 10**6 + "x"), ("channels", list(range(70_000))), ("channels", [[1]]), ("channels", [1.5]),
    ("channels", {"a": 1}), ("channels", "1," * 70_000), ("size", 10**9), ("size", -1), ("size", "NaN"),
    ("size", 1e308), ("size", True), ("size", [64]), ("steps", 10**12), ("steps", "1e9"), ("steps", 2**70),
    ("seed", -1), ("seed", 2**40), ("model", "../../etc/passwd"), ("model", "keras/../x"),
    ("model", "sha256:" + "g" * 64), ("model", "x" * 10**6), ("model", ""), ("model", "a\nb"),
    ("model", "file:///etc/passwd"), ("model", "\ud800"), ("model", ["keras/vgg16/random"]), ("layer", ""),
    ("layer", " "), ("layer", "a//b"), ("layer", "x" * 501), ("layer", "\ud800"), ("layer", {"$ne": 1}),
    ("image", "http://169.254.169.254/"), ("image", "sample/../../x"), ("image", "/etc/passwd"),
    ("precision", "float128"), ("mode", "__import__('os')"), ("__class__", "x"), ("model_config", {}),
    ("queue", "interactive"), ("key", "x"), ("self", 1), ("", 1), ("x" * 10**5, 1), ("by", "root@example.org"),
]  # fmt: skip
PAIRS = ",".join(f"l{i}:0-65535" for i in range(90_000))
LARGE_STAGE = {"type": "convolution", "filters": 10**9, "kernel": 10**9}
TEXTS = [
    "", "null", "[]", "3", '"filter_atlas"', "{", "{}", '{"kind": 3}', '{"kind": "no_such"}', '{"kind": "../x"}',
    '{"kind": "filter_atlas"}', "[" * 300_000, '{"a":' * 200_000,
    '{"kind": "filter_atlas", "model": ' + "[" * 90_000, '{"kind": "filter_atlas", "size": ' + "9" * 100_000 + "}",
    "NaN", '{"kind": ' + '"x' + "y" * 10**6 + '"}',
    '{"kind": "playground", "stages": ' + json.dumps("[" * 100_000) + "}",
    '{"kind": "playground", "stages": [' + "{}," * 200_000 + "{}]}",
    '{"kind": "training_run", "augmentation": ' + json.dumps("{" * 10_000) + "}",
    json.dumps({"kind": "deep_dream", "model": "m", "image": "m", "layers": ["a"], "channels": PAIRS}),
    json.dumps({"kind": "training_run", "dataset": "d", "watch": WIDE}),
    json.dumps({"kind": "attribution", "image": "m", "model": "m", "classes": ["x"] * 100_000}),
    json.dumps({"kind": "activations", "model": "m", "image": "m", "layers": [f"{i}{'x' * 400}" for i in range(2001)]}),
    json.dumps({"kind": "playground", "image": "sample/cat", "size": "9999999999x9999999999"}),
    json.dumps({"kind": "playground", "image": "sample/cat", "stages": [LARGE_STAGE]}),
]  # fmt: skip


def read_spec(text: str) -> str:
    """The key of a spec, in a process of its own."""
    return spec_from_json(text).key()


def read_field(text: str) -> str:
    """The key of a spec with one field of a JSON [field, value], in a process of its own."""
    field, value = json.loads(text)
    return parse_spec("filter_atlas", {k: v for k, v in ATLAS.items() if k != "kind"} | {field: value}).key()


@pytest.mark.parametrize(("field", "value"), FIELDS, ids=lambda v: repr(v)[:40])
def test_a_wrong_field_is_refused_in_a_sentence(field: str, value: Any) -> None:
    fields = {k: v for k, v in ATLAS.items() if k != "kind"} | {field: value}
    with pytest.raises(ConvscopeError) as error:
        parse_spec("filter_atlas", fields)
    assert 10 < len(str(error.value)) < 2500


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: t[:50])
def test_a_text_that_is_no_spec_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ConvscopeError) as error:
        spec_from_json(text)
    assert 10 < len(str(error.value)) < 2500


DEAREST = [
    json.dumps({**ATLAS, "channels": WIDE}),
    json.dumps({**ATLAS, "channels": list(range(70_000))}),
    *sorted(TEXTS, key=len)[-6:],
]


def test_what_a_refusal_costs() -> None:
    found = measured_each("tests.hostile.test_specs:read_spec", [[text] for text in DEAREST])
    assert [
        (t[:60], f) for t, f in zip(DEAREST, found, strict=True) if not is_refused(f, "InvalidSpec", "UnknownKind")
    ] == []


def test_the_widest_request_that_can_be_meant_is_taken() -> None:
    spec = parse_spec("filter_atlas", {"model": "keras/vgg16/random", "layer": "a", "channels": "0-65535"})
    assert len(spec.model_dump()["channels"]) == 65_536


@pytest.mark.parametrize("text", [t for t in TEXTS if len(t) < 10**6], ids=lambda t: t[:50])
def test_over_the_interface(text: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    _, token = client.library.tokens.make("ada@example.org")
    headers = {"Authorization": f"Bearer {token}"}
    answer = ask_route(
        "/api/runs", "POST", content=text.encode("utf-8", "surrogatepass"), headers=headers, routes=API_ROUTES
    )
    assert answer.status_code == 400 and 10 < len(answer.json()["error"]) < 2500
    assert client.store.runs.recent(1) == []


# What a shell can hand over.
TYPED = [(n, v) for n, v in FIELDS if isinstance(v, str) and len(v) < 10**5 and n and not {"\0", "\ud800"} & set(v)]


@pytest.mark.parametrize(("field", "value"), TYPED, ids=lambda v: repr(v)[:40])
def test_on_the_command_line(field: str, value: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    point_dashboard_at(client, monkeypatch)
    fields = {name: one for name, one in ATLAS.items() if name != "kind"} | {field: value}
    words = [word for name, one in fields.items() for word in (f"--{name}", one)]
    answer = CliRunner().invoke(app, ["run", "filter_atlas", "--no-wait", *words])
    assert answer.exit_code and "Traceback" not in answer.output and client.store.runs.recent(1) == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from([WIDE, "0-9", "../x", "-"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.parametrize("kind", KINDS)
@QUIET
@given(data=st.data())
def test_any_fields_make_a_spec_or_a_sentence(kind: str, data: st.DataObject) -> None:
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(KINDS[kind].spec.model_fields)), JSON, max_size=5))
    given_all = {"model": "keras/vgg16/random", "layer": "a", "image": "sample/cat", "dataset": "builtin/digits"}
    usual = {n: v for n, v in given_all.items() if n in KINDS[kind].spec.model_fields}
    _spec_or_sentence(kind, {**usual, **fields})


def _spec_or_sentence(kind: str, fields: dict[str, Any]) -> None:
    try:
        spec: JobSpec = parse_spec(kind, fields)
    except ConvscopeError:
        return
    again = parse_spec(kind, json.loads(spec.canonical_json()))
    assert again.key() == spec.key(), "the same request has another key after a way through JSON"


@QUIET
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin1")))
def test_any_text_makes_a_spec_or_a_sentence(text: str) -> None:
    with contextlib.suppress(ConvscopeError):
        spec_from_json(text)


def test_a_training_run_watches_no_more_pictures_than_it_may() -> None:
    with pytest.raises(ConvscopeError):
        TrainingRun.from_fields({"dataset": "builtin/digits", "watch": WIDE})
