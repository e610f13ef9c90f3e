"""TensorFlow's functions inside old networks, `x / 127.5` and the like, as layers that Keras 3 brings.

TensorFlow 2.4 to 2.15 wrote them as TFOpLambda and SlicingOpLambda, 2.0 to 2.3 as TensorFlowOpLayer. The file only
names the function, nothing of it is run: the few that networks of pictures use have a layer that computes the same.
"""

import re
from typing import Any

from shared.uploads.upgrades.function_rules import layer_of
from shared.uploads.upgrades.graph_operations import graph_call, graph_function
from shared.uploads.upgrades.inbound_nodes import CONSTANT, is_reference
from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]
# What a function takes: references to tensors, or constants.
Operands = list[Any]

KINDS = frozenset({"TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"})
_SECOND = ("y", "bias", "b")


def replace_operation(entry: Config, names: frozenset[str]) -> Config:
    """The layer that computes what a function of TensorFlow does, with its calls.

    Args:
        entry: name, class_name, config and inbound_nodes of an entry whose class is one of KINDS.
        names: of the layers around it.

    Raises:
        RefusedUpload: a function, or a use of it, that has no layer; named.
    """
    name, nodes = entry["name"], entry["inbound_nodes"]
    function = _function(entry)
    if len(nodes) != 1:
        raise refuse("functions of TensorFlow called once", f"tf.{function}", name, "operation")
    operands, options = _call(entry, nodes[0], names)
    made = layer_of(function, operands, options)
    if made is None:
        raise refuse("a function of TensorFlow that is a layer of Keras", f"tf.{function}", name, "operation")
    kind, config, *module = made
    tensors = [[*one[:3], {}] for one in operands if _is_tensor(one, names)]
    row = {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": [tensors]}
    return {**row, "module": module[0]} if module else row


def _function(entry: Config) -> str:
    config = entry["config"]
    if entry["class_name"] != "TensorFlowOpLayer":
        name = str(config.get("function") or re.sub(r"_\d+$", "", str(config["name"])))
        # TensorFlow 2's transpose, pad and squeeze name themselves by the function of version 1 that they call.
        return name.removeprefix("tf.").removeprefix("compat.v1.")
    return graph_function(config)


def _is_tensor(value: Any, names: frozenset[str]) -> bool:
    return is_reference(value) and value[0] in names


def _call(entry: Config, node: Any, names: frozenset[str]) -> tuple[Operands, Config]:
    """What the function takes, in order, and its other arguments."""
    leaves = [node] if is_reference(node) else list(node)
    if entry["class_name"] == "TensorFlowOpLayer":
        return graph_call(entry["config"], leaves)
    options = dict(leaves[0][3]) if len(leaves[0]) == 4 else {}
    operands = [leaf[2] if leaf[0] == CONSTANT else leaf for leaf in leaves]
    operands += [options.pop(key) for key in _SECOND if key in options]
    return operands, {key: value for key, value in options.items() if value is not None and key != "name"}
