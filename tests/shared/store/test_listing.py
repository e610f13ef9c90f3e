"""Lists by page, facet and word: right with few entries, and bounded by the page with many."""

import random

import pytest

from shared.store import Listing, Store, words_of
from tests.fixtures.small_runs import atlas, begun, completed, submitted

KINDS, PEOPLE = ("filter_atlas", "deep_dream"), ("ada", "ben", "cleo")


@pytest.fixture
def listing(store: Store) -> Listing:
    return Listing(store.client, "things")


def _fill(listing: Listing, number: int) -> list[tuple[str, str, str]]:
    """Entries with facets in turns; newest last. Returns key, kind, person."""
    rows = [(f"k{i:05d}", KINDS[i % 2], PEOPLE[i % 3]) for i in range(number)]
    for i, (key, kind, by) in enumerate(rows):
        listing.put(key, float(i), [("kind", kind), ("by", by)], words_of(kind, by, key))
    return rows


def test_pages_go_from_the_newest_to_the_oldest(listing: Listing) -> None:
    rows = _fill(listing, 7)
    first, second = listing.find(count=4), listing.find(first=4, count=4)
    assert [*first.keys, *second.keys] == [key for key, *_ in rows][::-1]
    assert (first.total, second.total, len(listing)) == (7, 7, 7)


@pytest.mark.parametrize("facets", [{"kind": "deep_dream"}, {"by": "ben"}, {"kind": "deep_dream", "by": "ben"}])
def test_facets_narrow_the_list(listing: Listing, facets: dict[str, str]) -> None:
    rows = _fill(listing, 30)
    wanted = [key for key, kind, by in rows[::-1] if facets.get("kind", kind) == kind and facets.get("by", by) == by]
    found = listing.find(facets, count=100)
    assert list(found.keys) == wanted and found.total == len(wanted)


def test_words_are_found_by_how_they_begin(listing: Listing) -> None:
    _fill(listing, 6)
    assert set(listing.find(words=("deep",)).keys) == {"k00001", "k00003", "k00005"}
    assert set(listing.find(words=("deep", "be")).keys) == {"k00001"}
    assert listing.find(words=("nothing",)).keys == ()
    assert listing.find(words=("k00004",)).keys == ("k00004",)


def test_an_entry_that_changed_is_found_by_what_it_is_now(listing: Listing) -> None:
    listing.put("one", 1.0, [("state", "live")], ("old",))
    listing.put("one", 1.0, [("state", "complete")], ("new",))
    assert listing.find({"state": "live"}).keys == () and listing.find({"state": "complete"}).keys == ("one",)
    assert listing.find(words=("old",)).keys == () and listing.find(words=("new",)).keys == ("one",)


def test_a_facet_may_have_several_values(listing: Listing) -> None:
    listing.put("one", 1.0, [("tag", "eyes"), ("tag", "fur")])
    listing.put("two", 2.0, [("tag", "fur")])
    assert listing.values("tag") == {"eyes": 1, "fur": 2}
    assert listing.find({"tag": "eyes"}).keys == ("one",)


def test_what_is_removed_leaves_nothing_behind(listing: Listing, store: Store) -> None:
    _fill(listing, 9)
    listing.remove(*(f"k{i:05d}" for i in range(9)))
    assert listing.find().total == 0 and listing.values("by") == {}
    assert not [key for key in store.client.keys("convscope:list:things*") if b":found:" not in key]


def test_the_oldest_leave_a_list_that_is_too_long(listing: Listing) -> None:
    _fill(listing, 9)
    listing.shorten(4)
    assert listing.find().keys == ("k00008", "k00007", "k00006", "k00005")
    assert sum(listing.values("by").values()) == 4


def test_values_that_people_wrote_do_no_harm(listing: Listing) -> None:
    odd = ['a:b"c', "x y", "[1]", "ünï", ""]
    for number, value in enumerate(odd):
        listing.put(f"k{number}", number, [("tag", value)], words_of(value))
    assert all(listing.find({"tag": value}).total == 1 for value in odd)


def test_words_are_letters_and_digits_in_lower_case() -> None:
    assert words_of("keras/MobileNetV2/imagenet", "block_3", 7) == (
        "keras",
        "mobilenetv2",
        "imagenet",
        "block",
        "3",
        "7",
    )
    assert words_of("a" * 100, "b") == ("a" * 40, "b")


def test_a_page_asks_no_more_of_the_server_with_many_entries(listing: Listing, store: Store) -> None:
    """Calls and bytes are counted, not seconds."""

    def cost() -> tuple[int, int]:
        before = store.client.info()
        listing.find({"kind": "deep_dream"}, count=20)
        after = store.client.info()
        names = ("total_commands_processed", "total_net_output_bytes")
        return (after[names[0]] - before[names[0]], after[names[1]] - before[names[1]])

    _fill(listing, 50)
    cost()
    few = cost()
    _fill(listing, 3000)
    many = cost()
    assert many[0] == few[0] and many[1] < few[1] * 1.2


def test_runs_are_listed_by_kind_person_and_state(store: Store) -> None:
    done, waits = completed(store, atlas(1)), submitted(store, atlas(2), "job-2")
    key, fence = begun(store, atlas(3), "job-3")
    store.runs.fail(key, fence, "NotFinite", "NaN")
    listing = store.runs.listing
    assert listing.find({"state": "complete"}).keys == (done,)
    assert listing.find({"state": "live"}).keys == (waits,)
    assert listing.find({"state": "failed", "by": "mira"}).keys == (key,)
    assert listing.find({"kind": "filter_atlas"}).total == 3
    assert listing.find(words=words_of("VGG16 block1_conv1 mira")).total == 3
    store.runs.forget(done)
    assert listing.find({"state": "complete"}).total == 0


def test_random_changes_keep_all_sets_in_step(listing: Listing, store: Store) -> None:
    """Against a plain dictionary."""
    rng, truth = random.Random(0), {}
    for step in range(400):
        key = f"k{rng.randrange(40)}"
        if rng.random() < 0.3:
            listing.remove(key)
            truth.pop(key, None)
        else:
            truth[key] = (float(step), rng.choice(KINDS), rng.choice(PEOPLE))
            listing.put(key, truth[key][0], [("kind", truth[key][1]), ("by", truth[key][2])])
    for kind in KINDS:
        wanted = sorted((k for k, row in truth.items() if row[1] == kind), key=lambda k: -truth[k][0])
        assert list(listing.find({"kind": kind}, count=100).keys) == wanted
    assert listing.values("by") == {p: n for p in PEOPLE if (n := sum(r[2] == p for r in truth.values()))}


def test_a_run_is_listed_even_if_whoever_submits_dies_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    for name in ("put", "shorten"):  # whatever could come after the script that writes the record
        monkeypatch.setattr(Listing, name, die)
    with pytest.raises(SystemExit):
        store.runs.submit(atlas(), "job", "mira")
    live = store.runs.listing.find({"state": "live", "by": "mira", "kind": "filter_atlas"}, words_of("mira"))
    assert live.keys == (atlas().key(),) and store.runs.get(atlas().key()).status == "queued"
