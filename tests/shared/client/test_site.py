"""A published site: each channel, layer and class has a page, all links lead somewhere, what is private stays out."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from shared.analyses import ChannelAblation, ClassMaximization, FilterAtlas, FilterTwins, InspectModel
from shared.client import Client
from shared.client.site import SiteOptions, estimated_bytes, published, write_site
from shared.client.site.pages import MARK, WRITTEN
from shared.errors import InvalidSpec
from shared.library.notes import layer_subject
from shared.results import Part
from tests.analyses.attribution.parts import finished
from tests.analyses.channel_ablation.parts import ablation_parts
from tests.analyses.dataset_examples.parts import pets, written_examples
from tests.fixtures.synthetic_ascents import class_part, twin_part
from tests.fixtures.synthetic_runs import finished_atlas, finished_inspection, striped_tile

MODEL = "keras/vgg16/random"
FIRST = FilterAtlas(model=MODEL, layer="block1_conv2", size=48, steps=6, precision="float32")
EXAMPLED = FIRST.model_copy(update={"layer": "block2_conv1"})
HOSTILE = "<script>alert(1)</script> \"&' ../../x"


class Links(HTMLParser):
    """Every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def _twin(channel: int) -> Part:
    answers = np.random.default_rng(channel).uniform(0, 1, (8, 20)).astype(np.float32)
    return twin_part(channel, channel, striped_tile(channel, 48), answers)


def pages_of(folder: Path) -> list[Path]:
    """Every page of a written site."""
    return sorted(folder.rglob("*.html"))


def links(page: Path) -> list[str]:
    parser = Links()
    parser.feed(page.read_text("utf-8"))
    return parser.found


@pytest.fixture
def network(client: Client, tmp_path: Path) -> str:
    """A network with all that a site can show; returns its reference."""
    finished_inspection(client, MODEL)
    finished_atlas(client.store, FIRST, 20)
    finished_atlas(client.store, EXAMPLED, 12)
    written_examples(client, pets(client, tmp_path / "pets"))
    twins = FilterTwins(model=MODEL, layer=FIRST.layer, size=48, steps=6, precision="float32")
    finished(client.store, twins, [_twin(i) for i in range(20)])
    finished(client.store, ChannelAblation(model=MODEL, layer=FIRST.layer, dataset="sha256:" + "d" * 64),
             ablation_parts(6))  # fmt: skip
    classes = ClassMaximization(model=MODEL, classes=("1", "3"), naive=False, precision="float32")
    finished(client.store, classes, [class_part(0, 1, "regularised"), class_part(1, 3, "regularised")])
    client.library.notes.add(layer_subject(MODEL, FIRST.layer), "mira", "see", 3, f"ears {HOSTILE}"[:60])
    return MODEL


def test_every_channel_layer_and_class_has_a_page_and_every_link_leads_somewhere(
    client: Client, network: str, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    size = write_site(client, published(client, network), folder, SiteOptions(pictures=True, names=True))
    pages = [*pages_of(folder)]
    assert len(pages) == 1 + 2 + 20 + 12 + 2
    assert size == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    reached = {folder / "index.html"}
    for page in pages:
        for link in links(page):
            assert not re.match(r"\w+:|//", link) or link == "data:,", f"{page}: {link} leads elsewhere"
            if link.startswith(("data:", "#")):
                continue
            target = (page.parent / unquote(link)).resolve()
            assert target.is_file() and target.is_relative_to(folder.resolve()), f"{page}: {link}"
            reached.add(target)
    assert {page.resolve() for page in pages} <= {one.resolve() for one in reached}, "a page that nothing leads to"


def test_a_channels_page_has_its_own_tile_its_neighbours_and_its_effects(
    client: Client, network: str, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    write_site(client, published(client, network), folder)
    own = client.result(FIRST.key()).parts[7].pictures["tile"]
    shown = np.asarray(Image.open(folder / "layers" / "001-block1_conv2" / "tiles" / "7.jpg").convert("RGB"))
    assert shown.shape == own.shape and np.abs(shown.astype(float) - own).mean() < 12
    text = (folder / "layers" / "001-block1_conv2" / "1.html").read_text()
    assert "What the network loses without it" in text and "cat" in text and "−3" in text
    answers = client.result(
        FilterTwins(model=MODEL, layer=FIRST.layer, size=48, steps=6, precision="float32").key()
    ).parts[1].arrays["answers"][0]  # fmt: skip
    strongest = max((c for c in range(20) if c != 1), key=lambda c: answers[c])
    first = text.partition("Channels that answer most")[2].partition(".html")[0]
    assert first.endswith(f'"{strongest}')


@pytest.mark.parametrize("shown", [False, True])
def test_pictures_of_the_data_set_and_peoples_names_are_left_out_unless_asked_for(
    client: Client, network: str, tmp_path: Path, shown: bool
) -> None:
    folder = tmp_path / "site"
    write_site(client, published(client, network), folder, SiteOptions(pictures=shown, names=shown))
    assert bool([*folder.rglob("*-examples.jpg")]) == shown
    everything = "".join(path.read_text("utf-8") for path in folder.rglob("*.*") if path.suffix in (".html", ".js"))
    assert ("ears" in everything) == shown
    assert "mira" not in everything
    assert "Left out" not in everything or not shown


def test_words_of_people_are_text(client: Client, network: str, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    options = SiteOptions(about=HOSTILE, licence=HOSTILE, source=HOSTILE, names=True)
    write_site(client, published(client, network), folder, options)
    for path in folder.rglob("*"):
        assert path.resolve().is_relative_to(folder.resolve())
        if path.suffix in (".html", ".js") and path.name != "site.js":
            assert "<script>alert" not in path.read_text("utf-8")


def test_a_layer_whose_path_is_no_file_name_gets_one(client: Client, tmp_path: Path) -> None:
    finished_inspection(client, MODEL)
    odd = FIRST.model_copy(update={"layer": "../../etc/passwd"})
    rows = client.result(InspectModel(model=MODEL).key()).parts[0].facts["layers"]
    rows[0]["path"] = odd.layer
    finished_inspection(client, "keras/vgg19/random", layers=rows)
    spec = odd.model_copy(update={"model": "keras/vgg19/random"})
    finished_atlas(client.store, spec, 3)
    folder = tmp_path / "a" / "site"
    write_site(client, published(client, "keras/vgg19/random"), folder)
    assert len([*pages_of(folder)]) == 1 + 1 + 3
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_size_told_before_is_near_the_size(client: Client, network: str, tmp_path: Path) -> None:
    site = published(client, network)
    for options in (SiteOptions(), SiteOptions(pictures=True)):
        size = write_site(client, site, tmp_path / "site", options)
        assert 0.3 < estimated_bytes(site, options) / size < 3


def test_a_folder_with_something_else_is_left_alone_and_a_site_is_written_anew(
    client: Client, network: str, tmp_path: Path
) -> None:
    site, mine = published(client, network), tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidSpec, match="new or empty folder"):
        write_site(client, site, mine)
    assert (mine / "thesis.txt").read_text() == "years of work"
    folder = tmp_path / "site"
    write_site(client, site, folder, SiteOptions(pictures=True))
    (folder / "layers" / "stale.html").write_text("")
    (folder / "CNAME").write_text("nets.example.org")
    write_site(client, site, folder)
    assert not (folder / "layers" / "stale.html").exists() and (folder / MARK).is_file()
    assert not [*folder.rglob("*-examples.jpg")]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*WRITTEN, "CNAME"])


def test_a_site_that_breaks_off_leaves_the_earlier_one(client: Client, network: str, tmp_path: Path) -> None:
    site, folder = published(client, network), tmp_path / "site"
    write_site(client, site, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def full(layer: str) -> None:
        if layer == EXAMPLED.layer:
            raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        write_site(client, site, folder, SiteOptions(pictures=True), full)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_of_each_layer_the_strongest_channels_can_be_shown(client: Client, network: str, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    write_site(client, published(client, network), folder, SiteOptions(most=5))
    parts = client.result(FIRST.key()).parts.values()
    alive = [part for part in parts if not part.facts["dead"]]
    strongest = sorted(alive, key=lambda part: -part.facts["objective"])[:5]
    shown = {path.stem for path in (folder / "layers" / "001-block1_conv2").glob("*.html")} - {"index"}
    assert shown == {str(part.facts["channel"]) for part in strongest}
    assert "20 channels, 5 shown" in (folder / "index.html").read_text()


def test_without_an_atlas_it_is_said_what_to_do(client: Client) -> None:
    finished_inspection(client, MODEL)
    with pytest.raises(InvalidSpec, match="--compute"):
        published(client, MODEL)


def test_the_fullest_atlas_of_a_layer_is_shown(client: Client) -> None:
    finished_inspection(client, MODEL)
    few = FIRST.model_copy(update={"channels": (0, 1), "size": 96})
    finished_atlas(client.store, FIRST, 20)
    finished_atlas(client.store, few, 2)
    larger = FIRST.model_copy(update={"size": 64})
    finished_atlas(client.store, larger, 20)
    assert published(client, MODEL).atlases[FIRST.layer].key == larger.key()
