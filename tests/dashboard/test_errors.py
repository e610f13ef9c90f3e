"""What pages say of errors: plain sentences, what is done on a page, the long part folded, nothing of Python's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dashboard
import shared
import worker
from dashboard.widgets.errors import error_line, error_markdown, in_short, plain_error
from shared.errors import RefusedUpload, message, without_commands
from shared.library.datasets.decode import decode_picture
from shared.library.datasets.masks import decode_mask
from shared.settings import Settings
from shared.uploads.images import check_image
from shared.uploads.models import check_model

COMMAND = re.compile(r"`convscope |`--[a-z]|(?<![\w-])--[a-z]+(?:-[a-z]+)*\b")
# The command line's own rooms, and programs that are only ever started in a terminal.
OF_TERMINALS = (
    "shared/cli/",
    "worker/service/",
    "dashboard/__main__.py",
    "shared/redis_server.py",
    "shared/listening.py",
)
# Options of other programs, in what is to be typed into theirs.
OTHERS = ("tf2onnx", "--output_format=tfjs_layers_model", "--st-", "gpu", "--version")


def _texts(path: Path) -> Iterator[str]:
    """The texts of a file that are no docstrings, a value in braces as X."""
    tree = ast.parse(path.read_text("utf-8"))
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within | said:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)


def _files() -> Iterator[tuple[str, Path]]:
    root = Path(shared.__file__).parent.parent
    for package in (shared, worker, dashboard):
        for path in sorted(Path(package.__file__).parent.rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if not name.startswith(OF_TERMINALS):
                yield name, path


def test_no_error_sends_from_a_page_to_the_command_line() -> None:
    found = [
        f"{name}: {text[:120]}"
        for name, path in _files()
        for text in _texts(path)
        if len(text.split()) > 3  # the command itself, for a message that puts it where it belongs
        and COMMAND.search(without_commands(text))
        and not any(word in text for word in OTHERS)
    ]
    assert not found


PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(20)
DAMAGED = {"png": PNG, "jpeg": b"\xff\xd8\xff\xe0" + b"no" * 9, "webp": b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(9),
           "text": b"hello\n", "noise": bytes(range(128, 192)), "tiff": b"II*\x00" + b"\x99" * 40,
           "npy": b"\x93NUMPY\x01\x00\x04\x00{'a'"}  # fmt: skip


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_without_what_python_prints(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "hello.keras"
    path.write_bytes(data)
    with pytest.raises(RefusedUpload) as picture:
        check_image(data, 1_000_000)
    with pytest.raises(RefusedUpload) as model:
        check_model(path, Settings(data=tmp_path))
    said = [str(picture.value), str(model.value), decode_picture(data).problem, decode_mask(data, (8, 8)).problem]
    for text in filter(None, said):
        assert not re.search(r" at 0x|\bb['\"]|<\w+ object", text) and str(tmp_path) not in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Add it under Models (in a terminal: `convscope models add`).", "Add it under Models."),
        ("Put it (in a terminal: `f(x)` there), or wait.", "Put it, or wait."),
        ("cannot identify image file <_io.BytesIO object at 0x7f50>", "cannot identify image file BytesIO"),
        ("begins with b'hello\\n'", "begins with 'hello…'"),
        ("No room in /srv/convscope/data: free some.", "No room in data: free some."),
        ("as at https://keras.io/api/x and keras/vgg16", "as at https://keras.io/api/x and keras/vgg16"),
        ("between 1/255 and 3 / 4", "between 1/255 and 3 / 4"),
    ],
)  # fmt: skip
def test_a_page_leaves_out_what_only_a_terminal_python_or_an_administrator_can_use(said: str, shown: str) -> None:
    assert plain_error(said) == shown


def test_what_stands_between_backticks_is_code_and_nothing_else_is_acted_on() -> None:
    assert error_markdown("Change `size` of *this* [x](y).") == r"Change `size` of \*this\* \[x\]\(y\)\."
    assert (
        "`" not in error_markdown("one ` alone").replace("\\`", "") and error_line("Change `size`.") == "Change size."
    )


def test_a_long_error_is_said_in_short_and_nothing_of_it_is_lost() -> None:
    names = ", ".join(f"layer_{number}" for number in range(40))
    text = f"Expected a layer. Received: 'x'. Did you mean layer_1? Choose one of: {names}, and 60 more."
    short, whole = in_short(text)
    assert short.startswith("Expected a layer. Received: 'x'. Did you mean layer_1? Choose one of: layer_0,")
    assert "layer_9" not in short and whole == text
    assert in_short("Expected a layer. Received: 'x'.") == ("Expected a layer. Received: 'x'.", "")


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "nothing"), (b"\x00\x01", "2 bytes"), ([6, 9], "6, 9"), ({"a": 1}, "a: 1"), (True, "yes"),
     (object(), "object"), (Path("/srv/data/x.png"), "'x.png'"), ("text", "'text'"), ((), "nothing")],
)  # fmt: skip
def test_what_was_received_stands_in_plain_words(value: object, words: str) -> None:
    assert message("it", value, "Mend it.") == f"Expected it. Received: {words}. Mend it."
