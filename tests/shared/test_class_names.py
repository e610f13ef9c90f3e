"""Names of classes: what tells two classes apart is never folded away, and what people write differently is."""

import random
import unicodedata

import pytest

from dashboard.widgets.class_choice import refused_class
from shared.class_names import class_named, classes_named, paired_classes
from shared.errors import InvalidSpec

ACCENTS = ("eau", "th\u00e9", "caf\u00e9", "the")
LISTS = {
    "signs": ("+", "-", "=", "("),
    "digits and signs": ("0", "1", "+", "-"),
    "languages": ("C", "C#", "C++", "D", "c"),
    "accents": ACCENTS,
    "words": ("T-shirt", "t shirt", "African_elephant", "crane"),
}


@pytest.mark.parametrize("names", LISTS.values(), ids=LISTS)
def test_a_name_of_the_list_means_itself_and_pairs_with_itself(names: tuple[str, ...]) -> None:
    assert [classes_named(name, names) for name in names] == [[i] for i in range(len(names))]
    other = list(names)
    random.Random(3).shuffle(other)
    for written in (other, [unicodedata.normalize("NFD", name) for name in other]):
        assert paired_classes(names, written) == {i: other.index(name) for i, name in enumerate(names)}
        assert [classes_named(name, names) for name in written] == [[names.index(name)] for name in other]


@pytest.mark.parametrize(
    ("written", "names", "expected"),
    [
        ("african elephant", ("African_elephant", "tusker"), [0]),
        ("c#", ("C", "C#", "C++"), [1]),
        ("C+", ("C", "C#", "C++"), [0, 1, 2]),
        ("T_SHIRT", ("T-shirt", "t shirt"), [0, 1]),
        ("crane", ("crane", "hen", "crane"), [0, 2]),
        ("Stra\u00dfe", ("STRASSE", "weg"), [0]),
        ("cats", ("cat", "dog"), []),
        ("*", ("+", "", "-"), []),
        ("", ("", "-"), []),
    ],
)
def test_spellings_count_last_and_never_choose_between_two(
    written: str, names: tuple[str, ...], expected: list[int]
) -> None:
    assert classes_named(written, names) == expected
    if len(expected) == 1:
        assert class_named(written, names) == expected[0]
        return
    with pytest.raises(InvalidSpec, match="Expected") as refused:
        class_named(written, names)
    assert str(expected) in str(refused.value) or not expected


def test_two_classes_of_one_spelling_are_not_paired_by_it() -> None:
    assert paired_classes(("T-shirt", "t shirt"), ("t_shirt", "other")) == {}
    assert paired_classes(("T-shirt", "t shirt", "hat"), ("hat", "t shirt", "T_shirt")) == {1: 1, 2: 0}
    assert paired_classes(("A", "B"), ("b", "a")) == {0: 1, 1: 0}


def test_the_page_takes_what_the_worker_takes() -> None:
    for names in LISTS.values():
        for word in (*names, "C+", "t_shirt", "african.elephant", "!", "nobody"):
            if word.isdigit():
                continue
            taken = len(classes_named(word, names)) == 1
            assert (refused_class([word], names) == "") is taken, (word, names)
    assert refused_class(["not sick", "1"], ["sick"]) == "", "the other answer of one unit has a name too"
