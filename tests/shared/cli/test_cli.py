"""The command line: what it prints, its exit codes, and never a traceback."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import typer
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from shared.analyses import SPEC_TYPES, FilterAtlas
from shared.analyses.typed_parts import TileFacts
from shared.cli import app, describe, read_options
from shared.client import Client
from shared.errors import InvalidSpec
from shared.results import encode_part
from shared.settings import get_settings
from shared.store import RunRecord, WorkerRecord
from tests.fixtures.model_files import dense, keras_file, layer, sequential
from tests.fixtures.old_model_files import ONE_CONVOLUTION, saved_apart
from tests.fixtures.small_runs import earlier_release
from tests.fixtures.synthetic_runs import tile_part

Call = Callable[..., Result]
ATLAS = ("--model", "keras/vgg16/random", "--layer", "block1_conv1", "--size", "8", "--steps", "1", "--channels", "0-1")


def _spec() -> FilterAtlas:
    """What ATLAS asks for where no worker reports."""
    return FilterAtlas(
        model="keras/vgg16/random", layer="block1_conv1", size=8, steps=1, channels=(0, 1), precision="float32"
    )


@pytest.fixture
def convscope(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """The command, in this process, on the tests' server."""
    monkeypatch.setenv("REDIS_URL", client.settings.redis_url or "")
    monkeypatch.setenv("CONVSCOPE_DATA", str(client.settings.data))
    monkeypatch.setenv("CONVSCOPE_USER", "tester")
    get_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, [str(word) for word in words])
    get_settings.cache_clear()


def _refused(result: Result, code: int = 1) -> str:
    """The message of a command that failed in good order."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


def _complete(client: Client) -> str:
    """An atlas of two tiles."""
    key, _ = client.submit(_spec())
    fence = client.store.runs.begin(key, client.record(key).job)
    for index in range(2):
        tile, curve = np.full((8, 8, 3), 100 * index, np.uint8), np.array([0, 1], np.float32)
        facts: TileFacts = {"channel": index, "dead": False, "objective": 1.0, "objective_start": 0.0, "starts": 1}
        data = encode_part(tile_part(index, tile, curve, facts))
        client.store.runs.write(key, fence, (index, data), {"total": 2})
    client.store.runs.finish(key, fence, {"device": "CPU"})
    return key


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (["--model", "a", "--size", "8"], {"model": "a", "size": "8"}),
        (["--model=a", "--step-size=0.5"], {"model": "a", "step_size": "0.5"}),
        (["--layer", "--odd"], {"layer": "--odd"}),
        (["--layer=a=b"], {"layer": "a=b"}),
        (["--image="], {"image": ""}),
        ([], {}),
    ],
)
def test_options_become_fields(words: list[str], fields: dict[str, str]) -> None:
    assert read_options(words) == fields


@pytest.mark.parametrize("words", [["model"], ["-m", "a"], ["--"], ["--model", "a", "b"]])
def test_a_word_that_is_no_option_is_refused(words: list[str]) -> None:
    with pytest.raises(InvalidSpec, match="options such as --model"):
        read_options(words)


def test_an_option_without_a_value_is_refused(convscope: Call) -> None:
    said = _refused(convscope("run", "filter_atlas", "--model"))
    assert said == "convscope: Expected a value after --model. Received: 'nothing'. Mend the command."


def test_no_wait_prints_the_key_and_queues_the_run(convscope: Call, client: Client) -> None:
    result = convscope("run", "filter_atlas", *ATLAS, "--no-wait")
    assert (result.exit_code, result.stdout) == (0, f"{_spec().key()}\n")
    assert (client.record(_spec().key()).status, client.record(_spec().key()).by) == ("queued", "tester")
    assert client.queue.waiting("batch") == 1


def test_a_spec_file_asks_for_the_same_run(convscope: Call, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps({"kind": "filter_atlas", **json.loads(_spec().canonical_json())}))
    assert convscope("run", "--spec", path, "--no-wait").stdout == f"{_spec().key()}\n"


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00"], ids=["cut", "binary"])
def test_a_file_that_is_no_spec_is_refused(convscope: Call, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "spec.json"
    path.write_bytes(content)
    assert "a JSON object" in _refused(convscope("run", "--spec", path))


def test_a_complete_run_is_written_without_computing(convscope: Call, client: Client, tmp_path: Path) -> None:
    key = _complete(client)
    result = convscope("run", "filter_atlas", *ATLAS, "--output", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert f"http://127.0.0.1:8501/?run={key}" in result.stdout
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["key"] == key
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"manifest.json", "sheet.png", "tiles", "arrays.npz"}


@pytest.mark.parametrize("kind", SPEC_TYPES)
def test_fields_are_listed_with_their_defaults(convscope: Call, kind: str) -> None:
    result = convscope("run", kind, "--fields")
    assert result.exit_code == 0
    assert len(result.stdout.strip().splitlines()) == len(SPEC_TYPES[kind].model_fields)
    for name, field in SPEC_TYPES[kind].model_fields.items():
        assert f"--{name.replace('_', '-')}  {field.description}" in result.stdout
    assert "--model  Which model. (required)" in convscope("run", "filter_atlas", "--fields").stdout


def test_no_field_is_called_as_an_option_of_the_command() -> None:
    """`--output DIR` says where results are written, so no field of any kind can be called output."""
    command = typer.main.get_command(app).commands["run"]  # type: ignore[attr-defined]
    options = {name.removeprefix("--").replace("-", "_") for one in command.params for name in one.opts}
    assert options >= {"output", "spec"}
    assert {kind: found for kind, spec in SPEC_TYPES.items() if (found := options & set(spec.model_fields))} == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run"], "Expected KIND or --spec FILE. Received neither. KIND is one of: activations, attribution"),
        (["run", "--fields"], "the name of an analysis. Received: ''. Choose one of: activations"),
        (["run", "activatoins"], "'activatoins'. Did you mean activations?"),
        (["run", "filter_atlas", "--modell", "x", *ATLAS], "Received: 'modell'. The fields of filter_atlas are: model"),
        (["run", "filter_atlas", *ATLAS[2:]], "a value for `model` of filter_atlas"),
        (["run", "filter_atlas", *ATLAS[:2], "--layer", "x", "--size", "7"], "`size` to be right"),
        (["run", "filter_atlas", "--model", "mine", "--layer", "x"], "a model's reference or name. Received: 'mine'"),
        (["run", "filter_atlas", *ATLAS, "--image", "mine"], "a picture's reference or name. Received: 'mine'"),
        (["run", "--spec", "absent.json"], "No such file or directory: 'absent.json'"),
        (["run", "--spec", "."], "Is a directory"),
        (["cancel", "nonsense"], "the key of a run. Received: 'nonsense'. See Jobs (in a terminal: `convscope jobs`)"),
        (["retry", "nonsense"], "a run that this release can repeat"),
        (["fetch", "nonsense", "--output", "out"], "Received: 'nonsense'. See Jobs (in a terminal: `convscope jobs`)"),
        (["pin", "nonsense"], "a complete run. Received: 'nonsense (absent)'"),
        (["models", "add", "net.keras"], "--name NAME"),
        (["models", "add", "absent.keras", "--name", "a"], "absent.keras"),
        (["models", "add", "keras/vgg16", "--name", "a"], "a weights file after keras/vgg16"),
        (["models", "add", "keras/vgg61", "w.h5", "--name", "a"], "Did you mean vgg1"),
        (["models", "show", "keras/vgg16"], "keras/<architecture>/<imagenet|random>"),
        (["images", "add", "absent.png"], "No such file or directory"),
    ],
)
def test_a_mistake_is_explained_in_one_line_and_exits_with_one(convscope: Call, words: list[str], said: str) -> None:
    assert said in _refused(convscope(*words))


@pytest.mark.parametrize("words", [["nonsense"], ["status"], ["fetch", "key"], ["nonsense", "--help"]])
def test_a_wrong_command_shows_its_usage_and_exits_with_two(convscope: Call, words: list[str]) -> None:
    assert "Usage:" in _refused(convscope(*words), code=2)


def test_an_output_that_is_a_file_is_refused(convscope: Call, client: Client, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert "out" in _refused(convscope("fetch", _complete(client), "--output", tmp_path / "out"))
    assert (tmp_path / "out").read_text() == "mine"


def test_status_tells_how_far_a_run_is(convscope: Call, client: Client) -> None:
    key = _complete(client)
    assert convscope("status", key).stdout == f"{key}  complete  2 tiles\n"
    said = json.loads(convscope("status", key, "--json").stdout)
    assert said == {"key": key, "status": "complete", "done": 2, "total": 2, "error": "", "stage": "complete"}


def test_the_status_of_an_unknown_run_exits_with_one(convscope: Call) -> None:
    result = convscope("status", "nonsense")
    assert (result.exit_code, result.stdout) == (1, "nonsense  absent\n")


def test_a_run_is_described_in_one_line() -> None:
    run = RunRecord("key", "running", "filter_atlas", done=1, total=4, attempt_started_at=100, now=110)
    assert describe(run) == "key  running  1 of 4 tiles, about 30 s left"  # 10 s for one of four
    assert describe(RunRecord("key", "failed", error="No such layer.")) == "key  failed  No such layer."


def test_cancel_and_retry_go_through_the_queue(convscope: Call, client: Client) -> None:
    key, _ = client.submit(_spec())
    assert convscope("cancel", key).stdout == "cancelling\n"
    assert client.record(key).status == "cancelled"
    assert convscope("cancel", key).stdout == "there was nothing to stop\n"
    assert convscope("retry", key).stdout == "submitted\n"


def test_retry_says_under_which_key_a_run_of_an_earlier_version_is_computed(convscope: Call, client: Client) -> None:
    with earlier_release(FilterAtlas):
        old, _ = client.submit(_spec())
        client.cancel(old)
    said = convscope("retry", old).stdout
    assert said.startswith("submitted\n") and old in said and _spec().key() in said
    assert client.record(_spec().key()).status == "queued"


def test_jobs_lists_the_newest_first(convscope: Call, client: Client) -> None:
    assert "No runs yet" in convscope("jobs").stdout
    keys = [client.submit(_spec().model_copy(update={"seed": seed}))[0] for seed in range(3)]
    assert [line.split()[0] for line in convscope("jobs").stdout.splitlines()] == keys[::-1]
    what = f"Layer atlas · VGG16 · random weights · block1_conv1, by {client.person}"
    assert convscope("jobs").stdout.splitlines()[0].endswith(what)
    assert [line.split()[0] for line in convscope("jobs", "--limit", "1").stdout.splitlines()] == [keys[2]]


def test_fetch_writes_what_there_is(convscope: Call, client: Client, tmp_path: Path) -> None:
    result = convscope("fetch", _complete(client), "--output", tmp_path / "out")
    assert result.exit_code == 0
    assert (tmp_path / "out" / "tiles" / "0001.png").exists()


def test_pin_keeps_a_result_beyond_the_cache(convscope: Call, client: Client) -> None:
    key = _complete(client)
    assert convscope("pin", key).stdout == "pinned\n"
    client.store.client.flushall()
    assert "complete" in convscope("status", key).stdout


def test_models_are_added_and_listed(convscope: Call, tmp_path: Path) -> None:
    weights = tmp_path / "w.h5"
    with h5py.File(weights, "w") as file:
        file["layers/block1_conv1/vars/0"] = np.zeros((3, 3, 3, 64), "float32")
    reference = convscope("models", "add", "keras/vgg16", weights, "--name", "birds", "--until", "block1_pool").stdout
    assert reference.startswith("sha256:"), reference
    listed = convscope("models", "list").stdout.splitlines()
    assert listed[0] == f"birds  {reference.strip()}  w.h5  not opened yet"
    assert "vgg16" in listed[-1]


def test_weights_saved_alone_are_added_with_their_networks_json(convscope: Call, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    text, weights = saved_apart(tmp_path, *ONE_CONVOLUTION)
    beside = convscope("models", "add", text, "--name", "beside")
    weights = weights.rename(tmp_path / "elsewhere" / "flowers.h5")
    both = convscope("models", "add", text, weights, "--name", "both")
    assert both.stdout == beside.stdout and both.stdout.startswith("sha256:")
    assert "flowers.h5 with model.json" in convscope("models", "list").stdout
    assert "models add model.json NAME.weights.h5" in _refused(convscope("models", "add", text, "--name", "alone"))


def test_code_in_a_file_is_trusted_by_somebody_who_was_told(convscope: Call, client: Client, tmp_path: Path) -> None:
    config = sequential(layer("Lambda", function={"class_name": "__lambda__"}), shape=(None, 8, 8, 1))
    path = keras_file(tmp_path / "code.keras", config)
    assert "--trust" in _refused(convscope("models", "add", path, "--name", "code"))
    asked = CliRunner().invoke(app, ["models", "add", str(path), "--name", "code", "--trust"], input="n\n")
    assert "runs in the workers with their rights" in asked.output and client.models.records() == []
    assert asked.exit_code == 1
    assert convscope("models", "add", path, "--name", "code", "--trust", "--yes").exit_code == 0
    assert "trusted by tester, 20" in convscope("models", "list").stdout


def test_a_model_is_added_by_its_address(convscope: Call, tmp_path: Path) -> None:
    path = keras_file(tmp_path / "net.keras", sequential(dense(), shape=(None, 8, 8, 8)))
    added = convscope("models", "add", f"file://{path}", "--name", "far")
    assert added.exit_code == 0, added.output
    assert f"file://{path}" in convscope("models", "list").stdout


def test_class_names_are_given_by_output_or_as_imagenets(convscope: Call, client: Client, tmp_path: Path) -> None:
    for name, units in (("shape.txt", "round\nsquare\n"), ("sick.csv", "name\nyes\nno\n")):
        (tmp_path / name).write_text(units)
    picture = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(picture)
    keras.Model(picture, [keras.layers.Dense(n, name=o)(flat) for o, n in (("shape", 2), ("sick", 1))]).save(
        tmp_path / "two.keras"
    )
    keras.Sequential([picture, keras.layers.Flatten(), keras.layers.Dense(1000)]).save(tmp_path / "many.keras")
    lists = [f"--labels={output}={tmp_path / file}" for output, file in (("shape", "shape.txt"), ("sick", "sick.csv"))]
    done = convscope("models", "add", tmp_path / "two.keras", "--name", "two", *lists)
    assert "taken for a header" in done.stderr
    assert client.models.card("two").output_labels == {"shape": ("round", "square"), "sick": ("yes", "no")}
    convscope("models", "add", tmp_path / "many.keras", "--name", "many", "--labels", "imagenet")
    assert client.models.card("many").labels[0] == "tench"
    plain = [f"--labels={tmp_path / file}" for file in ("shape.txt", "sick.csv")]
    refused = _refused(convscope("models", "add", tmp_path / "two.keras", "--name", "x", *plain))
    assert "`--labels OUTPUT=FILE` for each" in refused


def test_own_numbers_of_a_model_are_options(convscope: Call, client: Client, tmp_path: Path) -> None:
    path = keras_file(tmp_path / "net.keras", sequential(layer("Flatten"), shape=(None, 8, 8, 3)))
    words = ("models", "add", path, "--name", "net")
    result = convscope(*words, "--mean", "0.5,0.4,0.3", "--deviation", "0.2", "--bgr")
    assert result.exit_code == 0, result.output
    assert "Added net: not opened yet: a worker does that" in " ".join(result.stderr.split())
    assert client.models.card("net").preprocess == "0..1 bgr mean 0.5,0.4,0.3 deviation 0.2"
    assert convscope(*words, "--scale", "0.00784313725", "--offset", "-1").exit_code == 0
    assert client.models.card("net").preprocess == "-1..1"
    assert "Expected a range or a scale" in _refused(convscope(*words, "--preprocess", "0..1", "--scale", "2"))
    assert "the network's 3 channels" in _refused(convscope(*words, "--mean", "1,2"))


def test_pictures_are_added_and_listed(convscope: Call, client: Client, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    reference = convscope("images", "add", tmp_path / "red.png", "--name", "red").stdout.strip()
    assert client.images.resolve("red") == reference
    listed = convscope("images", "list").stdout.split()
    assert "red" in listed and "sample/cat" in listed


def test_what_was_added_gets_another_name_and_goes_after_a_question(
    convscope: Call, client: Client, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "dark.png")
    convscope("images", "add", tmp_path / "dark.png", "--name", "dark")
    assert client.library.entries.record("picture", "dark")["by"] == "tester"
    assert convscope("images", "rename", "dark", "night").stdout == "night\n"
    asked = convscope("images", "delete", "night")
    assert (asked.exit_code, "night" in client.images.names()) == (1, True), "nobody said yes"
    gone = convscope("images", "delete", "night", "--yes")
    assert (gone.exit_code, gone.stdout) == (0, "deleted night\n")
    assert "Nothing uses it" in gone.stderr
    assert "somebody added" in _refused(convscope("models", "delete", "night", "--yes"))
    assert "somebody added" in _refused(convscope("datasets", "rename", "night", "day"))


def test_doctor_looks_for_weights_where_keras_keeps_them(
    convscope: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert f"ImageNet weights: none yet; the first use downloads them to {tmp_path / 'models'}" in (
        convscope("doctor").stdout
    )
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "vgg16.h5").touch()
    assert f"ImageNet weights in {tmp_path / 'models'}: vgg16.h5" in convscope("doctor").stdout


def test_files_of_a_remote_store_are_copied_into_the_data_folder(
    convscope: Call, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVSCOPE_FILES_URL", "memory://elsewhere")
    get_settings.cache_clear()
    picture = client.settings.data / "picture.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), "red").save(picture)
    assert convscope("images", "add", picture, "--name", "red").exit_code == 0
    assert (client.settings.data / "remote-files").is_dir()
    assert "red" in convscope("images", "list").stdout


def test_doctor_says_what_is_here_and_what_to_do(convscope: Call, client: Client) -> None:
    result = convscope("doctor")
    assert result.exit_code == 0
    assert "ok    store: " in result.stdout
    assert "lack  workers: none reports; start some with `convscope up`" in result.stdout
    client.store.workers.report(WorkerRecord("batch-1", "batch", "idle", device="CPU, 2 cores"))
    assert "ok    worker batch-1: idle, CPU, 2 cores, fast in float32" in convscope("doctor").stdout


def test_doctor_tells_what_fails_and_what_was_set_aside(convscope: Call, client: Client) -> None:
    client.store.troubles.tell("card-1", ["looking after the disk: Only 3 MiB are free"])
    client.store.client.set("rq:job:odd", "text")
    client.store.troubles.set_aside("rq:job:odd", "ValueError: no date")
    said = " ".join(convscope("doctor").stdout.split())
    assert "lack card-1: looking after the disk: Only 3 MiB are free" in said
    assert "lack set aside because it could not be read: rq:job:odd (ValueError: no date)" in said
    client.store.troubles.tell("card-1", [])
    assert "card-1" not in convscope("doctor").stdout


@pytest.mark.parametrize("command", [["jobs"], ["run", "filter_atlas", *ATLAS, "--no-wait"], ["status", "key"]])
def test_a_store_that_is_away_is_explained(
    convscope: Call, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    assert "The store is unreachable" in _refused(convscope(*command))


def test_without_an_installation_the_commands_say_how_to_start_one(
    convscope: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("CONVSCOPE_DATA", str(tmp_path / "empty"))
    get_settings.cache_clear()
    assert "(in a terminal: `convscope up`), or sets REDIS_URL" in _refused(convscope("jobs"))
    assert "lack  store: No Convscope runs on" in convscope("doctor").stdout


@pytest.mark.parametrize(("variable", "text"), [("CONVSCOPE_CACHE_BUDGET", "2 GB"), ("REDIS_URL", "localhost")])
@pytest.mark.parametrize("command", [["jobs"], ["models", "list"], ["doctor"], ["run", "filter_atlas", *ATLAS]])
def test_a_wrong_setting_is_explained(
    convscope: Call, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, command: list[str]
) -> None:
    monkeypatch.setenv(variable, text)
    get_settings.cache_clear()
    assert f"Expected {variable} to be" in _refused(convscope(*command))


def test_the_installed_command_prints_no_traceback_either(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shared.cli", "run", "filter_atlas", "--size", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("convscope: Expected")


@pytest.mark.parametrize(
    "command", ["run", "status", "cancel", "retry", "fetch", "jobs", "pin", "doctor", "up", "models"]
)
def test_every_command_has_a_help_text(convscope: Call, command: str) -> None:
    result = convscope(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
