"""`convscope run` with paths where it takes references: what lies there is added, once, and its reference is said."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from shared.cli import app
from shared.client import Client
from shared.settings import get_settings
from tests.fixtures.model_files import dense, keras_file, layer, sequential

Call = Callable[..., Result]


@pytest.fixture
def convscope(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """The command, in this process, on the tests' server."""
    monkeypatch.setenv("REDIS_URL", client.settings.redis_url or "")
    monkeypatch.setenv("CONVSCOPE_DATA", str(client.settings.data))
    get_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, [str(word) for word in words])
    get_settings.cache_clear()


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    return picture(tmp_path / "my cat.png", 0)


def picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (24, 24, 3), np.uint8)).save(path)
    return path


def network(folder: Path) -> Path:
    layers = (layer("Conv2D", filters=4, kernel_size=[3, 3]), layer("Flatten"), dense(2, activation="softmax"))
    config = sequential(*layers, shape=(None, 8, 8, 3))
    return keras_file(folder / "my net.keras", config)


def test_a_picture_is_added_and_its_reference_said(convscope: Call, client: Client, cat: Path) -> None:
    done = convscope("run", "activations", "--model", "keras/vgg16/random", "--image", cat, "--no-wait")
    assert done.exit_code == 0, done.output
    reference = client.images.add(cat.read_bytes(), "", "")
    assert f"added {cat}: {reference}" in done.stderr
    assert client.record(done.stdout.strip()).fields["image"] == reference


def test_a_folder_of_pictures_is_added_in_the_order_of_its_names(
    convscope: Call, client: Client, tmp_path: Path
) -> None:
    for number, name in enumerate(("b.png", "a.png")):
        picture(tmp_path / "some" / name, number)
    (tmp_path / "some" / "notes.txt").write_text("no picture")
    done = convscope("run", "attribution", "--model", "keras/vgg16/random", "--images", tmp_path / "some", "--no-wait")
    assert done.exit_code == 0, done.output
    wanted = [client.images.add((tmp_path / "some" / name).read_bytes(), "", "") for name in ("a.png", "b.png")]
    assert client.record(done.stdout.strip()).fields["images"] == wanted


def test_a_model_is_added_under_a_name_of_its_file_and_only_once(
    convscope: Call, client: Client, tmp_path: Path, cat: Path
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("cat\ndog\n")
    words = ("run", "activations", "--model", network(tmp_path), "--labels", labels, "--image", cat, "--no-wait")
    first, second = convscope(*words), convscope(*words)
    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert first.stdout == second.stdout, "the same request, so the same run"
    added = [record for record in client.models.records() if record["name"].startswith("my-net")]
    assert [record["name"] for record in added] == ["my-net"]
    assert client.models.card(added[0]["reference"]).labels == ("cat", "dog")


def test_a_data_set_is_added_from_its_folder_and_only_once(convscope: Call, client: Client, tmp_path: Path) -> None:
    for number in range(12):
        picture(tmp_path / "pets" / ("cat" if number % 2 else "dog") / f"{number}.png", number)
    words = ("run", "training_run", "--dataset", tmp_path / "pets", "--epochs", "1", "--no-wait")
    first, second = convscope(*words), convscope(*words)
    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert first.stdout == second.stdout
    assert [record["name"] for record in client.datasets.records()] == ["pets"]


def test_a_known_name_goes_before_a_file_of_that_name(
    convscope: Call, client: Client, cat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = client.images.add(picture(cat.parent / "other.png", 9).read_bytes(), "cat", "")
    cat.rename(cat.parent / "cat")
    monkeypatch.chdir(cat.parent)
    done = convscope("run", "activations", "--model", "keras/vgg16/random", "--image", "cat", "--no-wait")
    assert client.record(done.stdout.strip()).fields["image"] == known


def test_labels_without_a_model_file_are_refused(convscope: Call, cat: Path) -> None:
    done = convscope("run", "activations", "--model", "keras/vgg16/random", "--labels", "l.txt", "--image", cat)
    assert done.exit_code == 1 and "--model FILE beside --labels" in done.stderr


def test_the_command_alone_says_the_three_that_one_needs(convscope: Call) -> None:
    done = convscope()
    for command in ("convscope up", "convscope run", "convscope doctor"):
        assert command in done.output
