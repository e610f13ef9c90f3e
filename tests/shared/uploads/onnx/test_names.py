"""Layers are called as people called them, whoever exported the network."""

import pytest

from shared.uploads.onnx.names import busy_scopes, layer_name

NODES = ["/layer1/layer1.0/relu/Relu", "/layer1/layer1.0/Add", "/layer1/layer1.0/conv1/Conv", "net/conv1/Conv2D",
         "net/conv1/Relu"]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "node", "weight", "name"),
    [
        ("Conv", "/layer1/layer1.0/conv1/Conv", "layer1.0.conv1.weight", "layer1.0.conv1"),
        ("Conv", "/layer1/layer1.0/conv1/Conv", "onnx::Conv_493", "layer1.0.conv1"),
        ("Relu", "/layer1/layer1.0/relu/Relu", "", "layer1.0.relu"),
        ("Add", "/layer1/layer1.0/Add", "", "layer1.0.add"),
        ("Conv", "StatefulPartitionedCall/net/conv1/Conv2D", "const_fold_opt__12", "net.conv1"),
        ("Relu", "net/conv1/Relu", "", "net.conv1.relu"),
        ("Relu", "node_relu_3", "", "relu_3"),
        ("Relu", "fire2-relu_expand1x1", "", "fire2-relu_expand1x1"),
        ("Flatten", "/Flatten", "", "flatten"),
        ("Conv", "Conv_17", "", "Conv_17"),
        ("Relu", "12", "", "relu"),
        ("Relu", "../../etc/passwd", "", "etc.passwd"),
        ("Relu", "https://somewhere/a", "", "https"),
    ],
)
def test_a_layer_is_called(kind: str, node: str, weight: str, name: str) -> None:
    assert layer_name(kind, node, weight, busy_scopes(NODES)) == name
