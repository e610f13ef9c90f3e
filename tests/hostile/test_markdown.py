"""What people write is text wherever a page shows it: no picture is fetched, no link made, no HTML drawn.

A text with all of that is planted in every entry that takes one, and in every string of a result; then every page is
visited and every string that Streamlit draws as Markdown looked at.
"""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.page_table import PAGES
from dashboard.server.caches import clear_caches
from shared.analyses import KINDS, FilterAtlas
from shared.client import Client, report_html, start_plan
from shared.library.additions import adding
from shared.library.collections import CollectionStep
from shared.library.notes import layer_subject, model_subject, run_subject
from shared.results import decode_part, encode_part
from shared.settings import get_settings
from shared.uploads.labels import ClassNames
from tests.fixtures.dashboard_visits import point_dashboard_at, visit
from tests.fixtures.model_files import keras_file, layer, sequential
from tests.fixtures.old_installation import Old
from tests.fixtures.synthetic_runs import finished_atlas
from tests.hostile.results import decoded_parts, planted, record_of

# Escaped, the dot has a mark before it.
HOST = "evil.example"
PLANTED = f"![p](//{HOST}/p)<b>:x:"
# Fields that are drawn as they are, and never as Markdown: options of a list, what a field holds, code, tables, and the
# data of our own elements, whose scripts make text of it (CONTRIBUTING.md).
PLAIN = {
    "bidi_component.json", "bidi_component.mixed", "text.body", "code.code_text", "text_input.value",
    "text_input.default", "text_area.default", "text_input.placeholder", "selectbox.options", "multiselect.options",
    "selectbox.raw_value", "selectbox.default", "arrow_data_frame.columns", "page_link.query_string", "imgs.alt",
    "json.body", "plotly_chart.spec",
}  # fmt: skip


# Pages that show people's words among what Streamlit draws as Markdown.
SHOWING = {"jobs", "links", "storage", "plans", "gallery", "lessons", "models", ""}


# Kinds whose pages show none of these words at first sight, or are not of the version that the old installation has.
SAY_NOTHING = {"channel_portrait", "dataset_examples", "filter_twins", "inspect_model"}


def strings(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string of an element, with the names of the fields that lead there."""
    for field, value in message.ListFields():
        here = f"{path}.{field.name}".strip(".")
        for one in value if field.is_repeated and not isinstance(value, str | bytes) else [value]:
            if isinstance(one, Message):
                yield from strings(one, here)
            elif isinstance(one, str):
                yield here, one


def drawn(app: AppTest, plain: bool = False) -> Iterator[tuple[str, str]]:
    """The strings of a page that are drawn as Markdown; or the others."""
    blocks: list[Any] = list(app._tree.children.values())
    while blocks:
        node = blocks.pop()
        blocks.extend(getattr(node, "children", {}).values())
        kind = str(getattr(node, "type", ""))
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            for path, text in strings(proto):
                if (f"{kind}.{path}" in PLAIN or path.endswith(("id", "key", "url"))) == plain:
                    yield f"{kind}.{path}", text


def fetched(app: AppTest) -> list[str]:
    """Where a page draws the planted text as Markdown."""
    assert not app.exception
    return sorted({f"{where}: {text[:200]}" for where, text in drawn(app) if HOST in text})


@pytest.fixture
def written(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    """An installation in which somebody wrote the text wherever they could."""
    point_dashboard_at(client, monkeypatch)
    monkeypatch.setenv("CONVSCOPE_USER", PLANTED)
    monkeypatch.setenv("CONVSCOPE_WEBHOOKS", "https://hooks.example")
    get_settings.cache_clear()
    me = client.acting_as(PLANTED)
    conv = [layer("Conv2D", name="conv", filters=4, kernel_size=[3, 3]), layer("Flatten", name="flat"),
            layer("Dense", name="end", units=2)]  # fmt: skip
    path = keras_file(tmp_path / "net.keras", sequential(*conv, shape=(None, 8, 8, 3)))
    names = ClassNames((PLANTED, "b"))
    with adding(me.library, me.me, "model", "net", size=1):
        me.models.add_file(path, "net", names, title=PLANTED, trusted_by="")
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (9, 90, 20)).save(out, "PNG")
    me.images.add(out.getvalue(), "view")
    return me


def fill(me: Client) -> str:
    """Write it beside results; the key of one."""
    spec = FilterAtlas(model="keras/vgg16/imagenet", layer="block1_conv1", channels=(0, 1, 2), size=32, steps=4,
                       precision="float32")  # fmt: skip
    key = finished_atlas(me.store, spec, 3, model=PLANTED, note=PLANTED, device=PLANTED)
    me.store.client.hset(f"convscope:run:{key}", "by", PLANTED)
    for subject in (run_subject(key), model_subject(spec.model)):
        me.library.notes.add(subject, PLANTED, PLANTED)
    me.library.notes.add(layer_subject(spec.model, spec.layer), PLANTED, PLANTED, channel=1, name=PLANTED)
    me.store.activity.add(PLANTED, "name", layer_subject(spec.model, spec.layer), 1, PLANTED)
    me.results.pin(key, PLANTED, [PLANTED])
    me.results.share(key)
    me.library.tokens.make(PLANTED, PLANTED)
    me.collections.make(PLANTED, PLANTED, [CollectionStep(key, title=PLANTED, text=PLANTED, question=PLANTED,
                                                          answer=PLANTED)])  # fmt: skip
    start_plan(me, PLANTED, [spec.model_copy(update={"seed": 5})], (), "")
    failed, _ = me.submit(spec.model_copy(update={"seed": 6}))
    me.store.runs.fail(failed, None, "RefusedUpload", PLANTED)
    me.store.troubles.tell(PLANTED, [PLANTED])
    return key


@pytest.mark.parametrize("page", [page.path for page in PAGES])
def test_no_page_of_a_team_draws_what_people_wrote(written: Client, page: str) -> None:
    key = fill(written)
    asked = {"": {}, "models": {"model": "net"}, "lessons": {}}.get(page, {})
    app = visit(page, **asked)
    assert fetched(app) == []
    shown = [text for _, text in drawn(app) if HOST.replace(".", "\\.") in text]
    assert shown or page not in SHOWING, "it stands there as text"
    if page == "atlas":
        assert fetched(visit("", run=key, tile="1")) == []


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Old]:
    made = Old(tmp_path_factory.mktemp("old"))
    yield made
    made.server.stop()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_page_draws_what_a_result_says(kind: str, old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the fields of each name one is planted at a time; parts that a page refuses to draw then say nothing."""
    point_dashboard_at(old.client, monkeypatch)
    key, store = old.key(kind), old.client.store
    parts = {index: decode_part(data) for index, data in old.client.results.parts(key).items()}
    stored = f"convscope:parts:{key}"
    before, shown, seen = store.client.hgetall(stored), 0, set[str]()
    for place, copy in planted(parts, PLANTED):
        name = place.partition(".")[2]
        if name in seen or not name.startswith("facts") or "?" in name:
            continue
        seen.add(name)
        clear_caches()
        store.client.hset(stored, mapping={str(index): encode_part(part) for index, part in copy.items()})
        app = visit("", run=key)
        store.client.hset(stored, mapping=before)
        if not app.exception:
            shown += any(HOST in text.replace("\\", "") for plain in (True, False) for _, text in drawn(app, plain))
            assert fetched(app) == [], place
    assert shown or kind in SAY_NOTHING, "no page shows any of it: this says nothing"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_report_draws_what_a_result_says(kind: str) -> None:
    run, parts = record_of(kind), decoded_parts(kind)
    looked = 0
    for place, copy in planted(parts, PLANTED + '"><img src=x onerror=alert(1)>'):
        try:
            page = report_html(replace(run, by=PLANTED, origin=PLANTED), copy)
        except Exception:
            continue
        looked += 1
        assert "<img src=x" not in page and "<b>:x:" not in page, place
    assert looked
