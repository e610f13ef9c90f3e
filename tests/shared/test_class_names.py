"""Names of classes: what tells two classes apart is never folded away, and what people write differently is."""

import random
import unicodedata

import pytest

from dashboard.widgets.class_choice import number_or_name, refused_class
from shared.analyses import Attribution
from shared.class_names import class_named, classes_named, paired_classes
from shared.errors import InvalidSpec
from shared.imagenet import imagenet_names, wordnet_ids

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
        ("10", ("0", "1", "10", "2"), [2]),
        ('"10"', ("0", "1", "10", "2"), [2]),
        ('"10"', ("10", '"10"'), [1]),
        ("n02123045", ("dog", "tabby", "tiger cat"), [1]),
        ("tabby", ("n02123045", "n02123159"), [0]),
        ("tench", ("goldfish, Carassius auratus", "tench, Tinca tinca"), [1]),
        ("n02012849", ("crane", "hen"), []),
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


def test_folders_of_wordnet_ids_are_imagenets_classes() -> None:
    """The two cranes and the two maillots have one name each, and ids of their own."""
    some = [number for number in wordnet_ids() if number >= "n03000000"]
    pairs = paired_classes(some, imagenet_names())
    assert len(pairs) == len(some) and pairs == {i: wordnet_ids().index(number) for i, number in enumerate(some)}
    assert paired_classes(["n02123045", "dogs"], ["cat", "tiger cat", "Tabby, tabby cat"]) == {0: 2}


def test_a_number_that_is_another_classs_name_is_said() -> None:
    names = ("0", "1", "10", "2")
    assert number_or_name(["0", "1"], names) == "" == number_or_name(["7", "cat"], names)
    assert 'called 10. For the class called 2, write "2" in quotes' in number_or_name(["2"], names)
    spec = Attribution(model="m", image="sample/cat", classes='3,"2","tench, Tinca tinca"')
    assert spec.classes == (3, '"2"', "tench, Tinca tinca")
    again = Attribution.from_fields(spec.model_dump(mode="json"))
    assert again.classes == spec.classes and [classes_named(str(c), names) for c in spec.classes[1:2]] == [[3]]


def test_the_page_takes_what_the_worker_takes() -> None:
    for names in LISTS.values():
        for word in (*names, "C+", "t_shirt", "african.elephant", "!", "nobody"):
            if word.isdigit():
                continue
            taken = len(classes_named(word, names)) == 1
            assert (refused_class([word], names) == "") is taken, (word, names)
    assert refused_class(["not sick", "1"], ["sick"]) == "", "the other answer of one unit has a name too"
