"""The package `convscope` against a real dashboard and real workers: what a script does, from a model to a link."""

import inspect
import io
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import keras
import numpy as np
import pytest
from PIL import Image
from plotly.graph_objects import Figure

import convscope
from convscope.command_line import run_command
from shared.analyses import KINDS
from shared.settings import MEGABYTE
from tests.fixtures.installations import Installation

# Real workers and a real dashboard race the clock: as with kills, a test that fails gets one more try.
pytestmark = pytest.mark.flaky(reruns=1)

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def net() -> keras.Model:
    """A network of two classes; its answer is asked of Keras itself."""
    keras.utils.set_random_seed(7)
    return keras.Sequential([
        keras.Input((32, 32, 3)), keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(6, 3, activation="relu", name="conv"),
        keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, activation="softmax"),
    ], name="two_classes")  # fmt: skip


@pytest.fixture(scope="module")
def added(lab: convscope.Lab, net: keras.Model) -> convscope.Added:
    """The network, sent as the object that it is."""
    return lab.add_model(net, labels=["ring", "square"])


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def test_a_model_in_memory_is_opened_and_proved(lab: convscope.Lab, added: convscope.Added) -> None:
    assert added.name == "two_classes" and added.reference.startswith("sha256:")
    assert added.proof["layers"] == 4 and added.proof["proof"]["difference"] < 1e-5
    assert added.name in [row["name"] for row in lab.models]


def test_activations_of_an_array_are_what_keras_computes(
    lab: convscope.Lab, net: keras.Model, added: convscope.Added
) -> None:
    picture = noise(1)
    result = lab.activations(model=added, image=picture, layers=["conv"])
    shown = next(array for array in result.arrays.values() if array.shape[-1] == 6 and array.ndim == 3)
    plain = keras.Model(net.inputs[0], net.get_layer("conv").output)(picture[None].astype("float32"))
    np.testing.assert_allclose(shown, np.asarray(plain)[0], atol=2e-3)


def test_a_result_holds_pictures_arrays_files_and_a_page(
    lab: convscope.Lab, added: convscope.Added, tmp_path: Path
) -> None:
    seen: list[str] = []
    result = lab.run(
        "attribution", model=added, image=noise(2), classes=["square"], watch=lambda r: seen.append(r["status"])
    )
    assert seen[-1] == "complete"
    assert any(one.mode == "RGB" for one in result.pictures.values())
    assert result.manifest["spec"]["classes"] == ["square"]
    folder = result.save(tmp_path / "maps")
    assert {path.name for path in folder.rglob("*") if path.is_file()} >= {"manifest.json", "arrays.npz"}
    assert not (folder / "convscope").exists()
    assert "<html" in result.html() and "srcdoc" in result._repr_html_()
    with urllib.request.urlopen(result.run.share(days=1)) as page:
        assert page.status == 200


def test_what_was_computed_before_is_there_at_once(lab: convscope.Lab, added: convscope.Added) -> None:
    asked = {"model": added, "layer": "conv", "channels": "0-1", "size": 32, "steps": 2}
    first = lab.filter_atlas(**asked)
    again = lab.submit("filter_atlas", **asked)
    assert first.key == again.key and again.status["status"] == "complete"
    assert all(isinstance(one, Figure) for one in first.figures.values())


def test_every_kind_is_a_method_with_its_fields(lab: convscope.Lab) -> None:
    assert set(lab.kinds) == set(KINDS)
    assert set(KINDS) <= set(dir(lab))
    for name, kind in KINDS.items():
        fields = set(kind.spec.model_fields)
        assert set(inspect.signature(getattr(lab, name)).parameters) == fields | {"watch"}
        assert all(f"    {one}: " in str(getattr(lab, name).__doc__) for one in fields)


def test_wrong_requests_say_what_is_right_and_leave_nothing(lab: convscope.Lab, tmp_path: Path) -> None:
    before = {row["name"] for row in lab.models}
    with pytest.raises(convscope.RefusedError, match="filter_atlas"):
        lab.run("atlas")
    with pytest.raises(convscope.RefusedError, match="Received 'chanels'"):
        lab.run("filter_atlas", model="bundled/cats_and_dogs", chanels="1")
    with pytest.raises(convscope.RefusedError, match="layer"):
        lab.run("filter_atlas", model="bundled/cats_and_dogs")
    with pytest.raises(convscope.ConvscopeError, match="no-such-layer"):
        lab.run("filter_atlas", model="bundled/cats_and_dogs", layer="no-such-layer", channels="0")
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"no model")
    with pytest.raises(convscope.RefusedError):
        lab.add_model(broken)
    with pytest.raises(convscope.RefusedError, match="cannot be read"):
        lab.add_model(tmp_path / "missing.keras")
    assert {row["name"] for row in lab.models} == before


def test_a_folder_of_pictures_becomes_a_data_set(lab: convscope.Lab, added: convscope.Added, tmp_path: Path) -> None:
    for label in ("ring", "square"):
        (tmp_path / "shapes" / label).mkdir(parents=True)
        for index in range(10):
            Image.fromarray(noise(100 * len(label) + index)).save(tmp_path / "shapes" / label / f"{index}.png")
    made = lab.add_dataset(tmp_path / "shapes")
    assert made.name == "shapes" in [row["name"] for row in lab.datasets]
    result = lab.evaluate_model(model=added, dataset=made, split="test")
    assert result.manifest["metrics"]["accuracy"] >= 0
    assert result.figure is next(iter(result.figures.values()))


def test_plans_notes_pins_and_cancel(lab: convscope.Lab, added: convscope.Added, served: Installation) -> None:
    specs = [lab.spec("filter_atlas", model=added, layer="conv", channels=str(one), size=32, steps=2) for one in (2, 3)]
    plan = lab.plan("two channels", specs)
    runs = [lab.get(run["key"]) for run in plan["runs"]]
    assert [type(run.wait(timeout=120)) for run in runs] == [convscope.Result] * 2
    runs[0].note("a ring, surely")
    runs[0].pin("Channel 2", ("rings",))
    here = served.client()
    assert [note.text for note in here.library.notes.of(f"run {runs[0].key}")] == ["a ring, surely"]
    assert here.results.gallery.get(runs[0].key).by == "ada"
    slow = lab.submit("filter_atlas", model="keras/mobilenetv2/random", layer="block_1_expand_relu", size=96, steps=400)
    assert slow.cancel()
    with pytest.raises(convscope.RunCancelledError):
        slow.wait(timeout=60)


def test_the_command_asks_the_same(lab: convscope.Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "one.png"
    Image.fromarray(noise(5)).save(picture)
    assert run_command(["run", "activations", "--model", "bundled/cats_and_dogs", "--image", str(picture),
                        "--output", str(tmp_path / "out")], lab) == 0  # fmt: skip
    key = capsys.readouterr().out.splitlines()[-1].split()[0]
    assert (tmp_path / "out" / "manifest.json").exists()
    assert run_command(["status", key], lab) == 0 and "complete" in capsys.readouterr().out
    assert run_command(["jobs"], lab) == 0 and key in capsys.readouterr().out
    assert run_command(["export", key, str(tmp_path / "all.zip")], lab) == 0
    assert run_command(["status", "activations-v9-none"], lab) == 1
    assert "error: Expected the key of a run" in capsys.readouterr().err


def test_nobody_without_a_good_token_is_served(lab: convscope.Lab) -> None:
    stranger = convscope.connect(lab.connection.url, "cvs_0000_wrong")
    with pytest.raises(convscope.RefusedError, match="token") as refused:
        stranger.runs()
    assert refused.value.status == 401 and "cvs_0000_wrong" not in str(refused.value)
    with pytest.raises(convscope.RefusedError, match="token"):
        stranger.add_image(noise(3))


def test_a_large_file_is_refused_before_it_is_read(lab: convscope.Lab, served: Installation) -> None:
    most = served.settings().max_image_upload

    def form() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        for _ in range(2 * most // MEGABYTE):
            yield b"x" * MEGABYTE

    headers = {"Authorization": lab.connection._http.headers["authorization"],
               "Content-Type": "multipart/form-data; boundary=b"}  # fmt: skip
    answer = httpx.post(f"{lab.connection.url}/api/images", content=form(), headers=headers, timeout=60)
    assert answer.status_code == 413 and f"at most {most:,} bytes" in answer.json()["error"]


def test_a_picture_of_many_bands_is_sent_as_numbers(lab: convscope.Lab) -> None:
    bands = np.random.default_rng(0).random((16, 16, 6)).astype("float32")
    made = lab.add_image(bands, span="0,1")
    assert made.reference.startswith("sha256:")
    assert lab.add_images(np.stack([noise(8), noise(9)]))[0].reference == lab.add_image(noise(8)).reference
    buffer = io.BytesIO()
    Image.fromarray(noise(8)).save(buffer, "PNG")
    assert lab.add_image(Image.open(buffer)).reference == lab.add_image(noise(8)).reference


SAMPLES = [
    text
    for path in ("README.md", "client/README.md")
    for text in re.findall(r"^```python\n(.*?)^```$", (ROOT / path).read_text(), re.MULTILINE | re.DOTALL)
    if "import convscope" in text
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_documents_samples_run(
    sample: str, lab: convscope.Lab, net: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(convscope, "connect", lambda url, token: lab)
    net.save("net.keras")
    Image.fromarray(noise(6)).save("cat.jpg")
    names: dict[str, Any] = {}
    exec(compile(sample, "sample", "exec"), names)
    assert names["result"].pictures and names["net"].reference.startswith("sha256:")
