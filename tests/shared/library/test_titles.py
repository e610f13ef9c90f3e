"""What people call runs: the words of the pages, names instead of references, never a digest."""

from pathlib import Path

import pytest

from shared.analyses import Attribution, CompareModels, FilterAtlas, JobSpec, TrainingRun, parse_spec
from shared.client import Client, report_html
from shared.imagenet import imagenet_names
from shared.library.titles import classes_words, run_title, thing_title, titles_of
from shared.store import RunRecord
from shared.uploads.labels import ClassNames
from tests.fixtures.model_files import keras_file, layer, sequential
from tests.fixtures.small_runs import submitted
from tests.fixtures.synthetic_runs import finished_atlas

DIGEST = "sha256:" + "ab" * 32
VGG16 = "keras/vgg16/imagenet"


@pytest.mark.parametrize(
    ("spec", "title"),
    [
        (FilterAtlas(model=VGG16, layer="block1_conv1"), "Layer atlas · VGG16 · ImageNet · block1_conv1"),
        (Attribution(model=VGG16, image="sample/cat", classes=("281",)), "Heat maps · VGG16 · ImageNet · Grad-CAM · "
         "class tabby · cat"),
        (TrainingRun(dataset="builtin/digits", strategy="scratch"),
         "Training · Digits, 8 × 8, 1,797 of them · Convnet from scratch"),
        (parse_spec("channel_portrait", {"model": VGG16, "layer": "block1_conv1", "channel": 7}),
         "Channel · VGG16 · ImageNet · block1_conv1 · channel 7"),
        (CompareModels(model=DIGEST, other=VGG16),
         "Comparison of networks · model without a name and VGG16 · ImageNet · cat"),
        (TrainingRun(dataset=DIGEST), "Training · data set without a name · Convnet from scratch"),
    ],
)  # fmt: skip
def test_a_run_is_called_by_kind_thing_and_what_of_it(client: Client, spec: JobSpec, title: str) -> None:
    assert run_title(client.store.runs.get(submitted(client.store, spec)), titles_of(client.library)) == title


@pytest.mark.parametrize(
    ("model", "classes", "title"),
    [
        (VGG16, (65, "magpie"), "class sea snake, class magpie"),
        ("bundled/cats_and_dogs", (1,), "class dog"),
        ("pets", (0, 1), "class tabby cat, class C#"),
        ("nameless", (0, 1), "class 0, class 1 (names missing)"),
        ("nameless", ("higher",), "higher"),
        ("keras/vgg16/random", (3,), "class 3 (names missing)"),
        (VGG16, (1, 2, 3, 4), "4 classes"),
        (DIGEST, (7,), "class 7 (names missing)"),
    ],
)
def test_a_class_is_called_by_its_name_and_a_missing_name_is_said(
    client: Client, tmp_path: Path, model: str, classes: tuple[int | str, ...], title: str
) -> None:
    for name, labels in {"pets": ("tabby_cat", "C#", "dog"), "nameless": ()}.items():
        network = sequential(layer("Flatten"), layer("Dense", units=3), shape=(None, 8, 8, 3))
        client.models.add_file(keras_file(tmp_path / f"{name}.keras", network), name, ClassNames(labels))
    reference = model if model == DIGEST else client.models.resolve(model)
    run = RunRecord("x", kind="class_maximization", fields={"model": reference, "classes": list(classes)})
    titles = titles_of(client.library)
    assert run_title(run, titles) == f"Class images · {thing_title(reference, titles, 'model')} · {title}"


def test_one_unit_and_several_outputs_have_names_of_their_own(client: Client, tmp_path: Path) -> None:
    network = sequential(layer("Flatten"), layer("Dense", units=1), shape=(None, 8, 8, 3))
    one = client.models.add_file(keras_file(tmp_path / "a.keras", network), "one", ClassNames(("hot dog",)))
    assert classes_words((0, 1), client.models.known.class_names(one)) == ["class not hot dog", "class hot dog"]
    assert classes_words((0,), ()) == ["class 0 (names missing)"] and classes_words((0,), None) == ["class 0"]


def test_names_that_only_the_worker_found_are_known_once_it_opened_the_file(client: Client, tmp_path: Path) -> None:
    network = sequential(layer("Flatten"), layer("Dense", units=3), shape=(None, 8, 8, 3))
    reference = client.models.add_file(keras_file(tmp_path / "a.keras", network), "own")
    assert client.models.known.class_names("own") == ()
    client.models.proofs.note(reference, {"classes": list(imagenet_names()), "layers": []})
    assert client.models.known.class_names("own")[65] == "sea_snake"


def test_given_names_stand_for_digests(client: Client, tmp_path: Path) -> None:
    reference = client.models.add_file(
        keras_file(tmp_path / "a.keras", sequential(layer("Flatten"), shape=(None, 8, 8, 3))), "pets", ()
    )
    titles = titles_of(client.library)
    assert thing_title(reference, titles, "model") == "pets"
    assert thing_title("sha256:" + "cd" * 32, titles, "model") == "model without a name"


def test_a_report_is_headed_as_the_jobs_page_names_the_run(client: Client) -> None:
    spec = FilterAtlas(model="keras/vgg16/random", layer="block1_conv1", channels=(0,), size=16, steps=4,
                       precision="float32")  # fmt: skip
    run = client.record(finished_atlas(client.store, spec, 1))
    page = report_html(run, client.result(run.key).parts, titles_of(client.library))
    assert "<h1>Layer atlas · VGG16 · random weights · block1_conv1</h1>" in page
