"""The gallery: what is pinned is found, survives an emptied Redis, and goes when it is deleted."""

import numpy as np
import pytest
from PIL import Image

from shared.analyses import Attribution, FilterAtlas
from shared.client import Client, thumbnail
from shared.client.thumbnails import HEIGHT, WIDTH
from shared.errors import InvalidSpec, NotAllowed, UnknownRun
from shared.library import Person
from shared.library.gallery import tags_of
from shared.results import Part
from shared.store import RunRecord
from tests.analyses.attribution.parts import finished_heat_maps
from tests.fixtures.synthetic_runs import begin, finished_atlas

ATLAS = FilterAtlas(
    model="keras/vgg16/imagenet", layer="block3_conv1", channels=tuple(range(6)), size=32, steps=4, precision="float32"
)
OTHER = ATLAS.model_copy(update={"layer": "block1_conv2", "model": "keras/resnet50/random"})
ADMIN, BEN = Person("root", admin=True), Person("ben")


@pytest.fixture
def pinned(client: Client) -> Client:
    for spec, title, tags in ((ATLAS, "Feathers and fur", ["Texture", "birds"]), (OTHER, "", ["edges"])):
        finished_atlas(client.store, spec, 6)
        client.acting_as("ada" if spec is ATLAS else "ben").results.pin(spec.key(), title, tags)
    return client


def test_a_pinned_result_is_found_by_what_it_is(pinned: Client) -> None:
    gallery = pinned.results.gallery
    assert gallery.find().keys == (OTHER.key(), ATLAS.key())
    assert gallery.find({"tag": "birds"}).keys == gallery.find(text="feath").keys == (ATLAS.key(),)
    assert gallery.find({"by": "ben"}).keys == gallery.find(text="resnet50 block1").keys == (OTHER.key(),)
    assert gallery.values("tag") == {"birds": 1, "edges": 1, "texture": 1}
    assert gallery.find({"kind": "filter_atlas"}, "nothing of the kind").total == 0


def test_the_gallery_outlives_an_emptied_redis(pinned: Client) -> None:
    pinned.store.client.flushall()
    assert pinned.results.gallery.find(text="birds").keys == (ATLAS.key(),)
    assert pinned.record(ATLAS.key()).status == "complete" and len(pinned.results.parts(ATLAS.key())) == 6


def test_title_and_tags_can_be_changed(pinned: Client) -> None:
    pinned.results.gallery.describe(ATLAS.key(), "  Only   fur ", ["fur"])
    piece = pinned.results.gallery.get(ATLAS.key())
    assert piece is not None and (piece.title, piece.tags, piece.by) == ("Only fur", ("fur",), "ada")
    assert (
        pinned.results.gallery.find({"tag": "birds"}).total == 0
        and pinned.results.gallery.find(text="feathers").total == 0
    )
    pinned.results.pin(ATLAS.key())
    assert pinned.results.gallery.get(ATLAS.key()) == piece, "pinning again changes no word"


def test_unpinned_it_leaves_the_gallery_and_its_share_links_go_on(pinned: Client) -> None:
    share = pinned.results.share(ATLAS.key())
    pinned.results.unpin(ATLAS.key())
    assert pinned.results.gallery.get(ATLAS.key()) is None and pinned.results.gallery.find().keys == (OTHER.key(),)
    assert pinned.library.shares.open(pinned.library.shares.token(share)).key == ATLAS.key()
    assert pinned.library.archive.run(ATLAS.key()) is not None


def test_sharing_alone_puts_nothing_into_the_gallery(client: Client) -> None:
    finished_atlas(client.store, ATLAS, 6)
    client.results.share(ATLAS.key())
    assert client.results.gallery.find().total == 0


def test_a_deleted_result_is_gone_everywhere_and_others_stay(pinned: Client) -> None:
    pinned.results.delete(ATLAS.key(), ADMIN)
    assert pinned.record(ATLAS.key()).kind == "" and pinned.library.archive.parts(ATLAS.key()) == {}
    assert pinned.results.gallery.find().keys == (OTHER.key(),)
    pinned.store.client.flushall()
    assert len(pinned.results.parts(OTHER.key())) == 6, "parts that two results share are kept for the other"


def test_only_ones_own_results_can_be_deleted(pinned: Client) -> None:
    with pytest.raises(NotAllowed, match="or an administrator, to delete a result"):
        pinned.results.delete(ATLAS.key(), BEN)
    assert pinned.library.archive.run(ATLAS.key()) is not None


def test_a_live_run_cannot_be_deleted(client: Client) -> None:
    begin(client.store, ATLAS, 6)
    with pytest.raises(InvalidSpec, match="a run that is over"):
        client.results.delete(ATLAS.key(), ADMIN)


def test_only_complete_results_are_pinned(client: Client) -> None:
    begin(client.store, ATLAS, 6)
    with pytest.raises(UnknownRun, match="a complete run"):
        client.results.pin(ATLAS.key())
    assert client.results.gallery.find().total == 0


def test_tags_are_words_in_lower_case_each_once() -> None:
    assert tags_of(["Fur", " fur ", "left   eye", ""]) == ("fur", "left eye")
    for wrong in (["a" * 31], [str(n) for n in range(13)]):
        with pytest.raises(InvalidSpec, match="at most 12 tags of 30 letters"):
            tags_of(wrong)


def _open(data: bytes) -> Image.Image:
    import io

    return Image.open(io.BytesIO(data))


def test_a_thumbnail_shows_living_tiles_and_fits() -> None:
    bright, dead = np.full((64, 64, 3), 250, np.uint8), np.zeros((64, 64, 3), np.uint8)
    parts = {i: Part(i, "", {"tile": dead if i < 3 else bright}, {}, {"dead": i < 3}) for i in range(20)}
    image = _open(thumbnail(RunRecord("key", kind="filter_atlas"), parts))
    assert image.width <= WIDTH and image.height <= HEIGHT and np.asarray(image).mean() > 200


def test_a_thumbnail_of_a_portrait_is_the_portrait() -> None:
    white, black = np.full((40, 40), 255, np.uint8), np.zeros((40, 40), np.uint8)
    run, parts = RunRecord("key", kind="channel_portrait"), {0: Part(0, "", {"kernel": black, "image": white})}
    assert np.asarray(_open(thumbnail(run, parts))).mean() > 250
    assert thumbnail(run, {0: Part(0)}) == b""


def test_a_dream_is_known_by_the_dream_and_what_nobody_knows_by_its_first_picture() -> None:
    white, black = np.full((40, 40), 255, np.uint8), np.zeros((40, 40), np.uint8)
    parts = {0: Part(0, "", {"original": black}), 1: Part(1, "", {"dream": white})}
    assert np.asarray(_open(thumbnail(RunRecord("key", kind="deep_dream"), parts))).mean() > 250
    assert np.asarray(_open(thumbnail(RunRecord("key", kind="of_another_release"), parts))).mean() < 5


def test_a_heat_map_is_known_by_its_map_not_by_its_photograph(client: Client) -> None:
    spec = Attribution(model="keras/vgg16/imagenet", image="sample/cat", classes=(386, 101), methods=("grad_cam",))
    key = finished_heat_maps(client.store, spec)
    client.results.pin(key)
    piece = client.results.gallery.get(key)
    assert piece is not None
    parts = client.result(key).parts
    photograph = Image.fromarray(parts[0].pictures["picture"]).convert("RGB")
    shown = _open(client.library.files.read(piece.thumbnail))
    small = np.asarray(photograph.resize(shown.size), float)
    warm = (np.asarray(shown, float) - small)[..., 0].max()
    assert warm > 60, "the map's warm colours lie on it"
