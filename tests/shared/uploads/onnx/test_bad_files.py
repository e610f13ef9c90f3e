"""ONNX files that are damaged, or made to do harm: one plain sentence, before anything is allocated."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import check_model
from tests.fixtures.onnx_files import Sketch
from tests.fixtures.onnx_networks import NETWORKS

# From a sound model to its bytes as they are sent.
Harm = Callable[[onnx.ModelProto], bytes]


def sound() -> onnx.ModelProto:
    sketch, outputs = NETWORKS["plain"]()
    return sketch.model(*outputs)


def varint(value: int) -> bytes:
    made = b""
    while value > 127:
        made, value = made + bytes([value & 127 | 128]), value >> 7
    return made + bytes([value])


def external(model: onnx.ModelProto) -> bytes:
    stored = model.graph.initializer[0]
    stored.ClearField("raw_data")
    stored.data_location = TensorProto.EXTERNAL
    stored.external_data.add(key="location", value="../../etc/passwd")
    return bytes(model.SerializeToString())


def claims_more(model: onnx.ModelProto) -> bytes:
    model.graph.initializer[0].dims[0] = 10**9
    return bytes(model.SerializeToString())


def loop(model: onnx.ModelProto) -> bytes:
    model.graph.node[0].input[0] = model.graph.node[-1].output[0]
    return bytes(model.SerializeToString())


def same_name(model: onnx.ModelProto) -> bytes:
    model.graph.node[1].output[0] = model.graph.node[0].output[0]
    return bytes(model.SerializeToString())


def billion_nodes(model: onnx.ModelProto) -> bytes:
    """Two bytes a node."""
    nodes = b"\x0a\x00" * 4_000_000
    return bytes(model.SerializeToString()) + b"\x3a" + varint(len(nodes)) + nodes


def huge_constant(model: onnx.ModelProto) -> bytes:
    shape = helper.make_tensor("shape", TensorProto.INT64, [4], [1, 10**6, 10**6, 10**6])
    model.graph.initializer.append(shape)
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["shape"], ["filled"]))
    model.graph.node.append(helper.make_node("Add", [model.graph.output[0].name, "filled"], ["sum"]))
    model.graph.output[0].name = "sum"
    return bytes(model.SerializeToString())


def huge_picture(model: onnx.ModelProto) -> bytes:
    for place in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[place].dim_value = 10**9
    return bytes(model.SerializeToString())


def sparse(model: onnx.ModelProto) -> bytes:
    model.graph.sparse_initializer.add()
    return bytes(model.SerializeToString())


def whole(model: onnx.ModelProto) -> bytes:
    return bytes(model.SerializeToString())


HARMS: dict[str, tuple[Harm, str]] = {
    "cut off": (lambda model: whole(model)[:-40], "a whole ONNX file"),
    "without a graph": (lambda model: whole(model)[:12], "a whole ONNX file"),
    "weights in another file": (external, r"weights in another file.*external_data=False"),
    "an array that claims more than it holds": (
        claims_more,
        r"a tensor of shape \[1000000000, 3, 3, 3\] with 162 values",
    ),
    "nodes in a loop": (loop, "nodes that form a loop"),
    "two values of one name": (same_name, "two values of the name"),
    "millions of nodes": (billion_nodes, "more than 1,000,000 fields"),
    "a constant of 10^18 numbers": (huge_constant, r"1 ConstantOfShape of 1,000,000,000,000,000,000 numbers at once"),
    "a picture of 10^18 pixels": (huge_picture, r"Gemm a matrix of 288 rows|to another number of values"),
    "sparse weights": (sparse, "sparse weights"),
}


@pytest.mark.parametrize(("harm", "words"), HARMS.values(), ids=HARMS)
def test_it_is_refused_in_one_sentence_before_anything_is_made(harm: Harm, words: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(harm(sound()))
    start = time.monotonic()
    with pytest.raises(RefusedUpload, match=words) as refused:
        check_model(path, Settings())
    assert "\n" not in str(refused.value)
    assert time.monotonic() - start < 30


def test_every_byte_may_be_wrong(tmp_path: Path) -> None:
    data = whole(sound())
    random = np.random.default_rng(0)
    path = tmp_path / "bad.onnx"
    for _ in range(300):
        changed = bytearray(data)
        for place in random.integers(0, len(data), 3):
            changed[place] = random.integers(0, 256)
        path.write_bytes(bytes(changed))
        # Some harm nothing; all others say so, and nothing else is raised.
        with contextlib.suppress(RefusedUpload):
            check_model(path, Settings())


def test_operators_without_an_equal_are_listed_all_at_once(tmp_path: Path) -> None:
    g = Sketch("batch", 3, 8, 8)
    x = g("GridSample", g("Relu", "image"), g.weight(1, 8, 8, 2))
    x = g("Relu", g("GridSample", x, g.weight(1, 8, 8, 2)))
    x = g("Det", g("Resize", x, "", g.array([1, 1, 2, 2]), mode="cubic"))
    with pytest.raises(RefusedUpload, match=r"Received: 2 GridSample, 1 Det\. .*torch\.onnx\.export\("):
        check_model(g.save(tmp_path, x), Settings())


def test_a_setting_without_an_equal_is_named(tmp_path: Path) -> None:
    g = Sketch("batch", 3, 8, 8)
    x = g("Resize", "image", "", g.array([1, 1, 2, 2]), coordinate_transformation_mode="tf_crop_and_resize")
    with pytest.raises(RefusedUpload, match="1 Resize with coordinates tf_crop_and_resize"):
        check_model(g.save(tmp_path, x), Settings())


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("Sigmoid", {"scale": 2.0}, "1 Sigmoid with scale"),
        ("Add", {"axis": 2, "broadcast": 1}, "1 Add with axis, broad"),
    ],
)
def test_a_setting_that_no_layer_takes_up_is_named(
    kind: str, settings: dict[str, float], words: str, tmp_path: Path
) -> None:
    """Passed over, it would leave another network."""
    g = Sketch("batch", 3, 8, 8, opset=6)
    x = g(kind, "image", *([g.weight(8)] if kind == "Add" else []), **settings)
    with pytest.raises(RefusedUpload, match=words):
        check_model(g.save(tmp_path, g.conv(x, 3, 4)), Settings())


def test_too_many_parameters_are_refused(tmp_path: Path) -> None:
    sketch, outputs = NETWORKS["plain"]()
    with pytest.raises(RefusedUpload, match="at most 50 parameters"):
        check_model(sketch.save(tmp_path, *outputs), Settings(max_parameters=50))


def test_what_the_file_says_of_itself(tmp_path: Path) -> None:
    sketch, outputs = NETWORKS["residual"]()
    found = check_model(sketch.save(tmp_path, *outputs), Settings())
    stored = sum(int(np.prod(one.dims)) for one in sketch.weights)
    assert (found.format, found.source, found.parameters) == ("onnx", "ONNX (pytorch 2.9.0)", stored)
    assert (found.input_shape, found.inputs) == ((32, 32, 3), ((32, 32, 3),))
