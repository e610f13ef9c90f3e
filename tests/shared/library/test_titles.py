"""What people call runs: the words of the pages, names instead of references, never a digest."""

from pathlib import Path

import pytest

from shared.analyses import Attribution, CompareModels, FilterAtlas, JobSpec, TrainingRun, parse_spec
from shared.client import Client, report_html
from shared.library.titles import run_title, thing_title, titles_of
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
         "class 281 · cat"),
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
    assert run_title(client.store.runs.get(submitted(client.store, spec)), {}) == title


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
