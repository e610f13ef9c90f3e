"""Whether a channel's kernel is a picture, told from the layer table: only of a convolution that sees the picture."""

from collections.abc import Iterable

from shared.analyses.inspect_model.parts import LayerRow

# As worker.networks.first_kernel has them: what lies in front of a first convolution, and what follows it by channel.
IN_FRONT = ("InputLayer", "Rescaling", "Normalization", "ZeroPadding2D")
BEHIND = ("BatchNormalization", "ReLU", "Activation", "LeakyReLU", "PReLU", "Dropout")
REASON = (
    "Kernel is left out: this layer does not see the picture itself, so its kernel is no picture. It weighs the "
    "channels of the layer in front."
)


def has_kernel(rows: Iterable[LayerRow], path: str) -> bool:
    """Whether a layer's channels have kernels to look at; True as well where the table does not say what feeds it."""
    table = {row["path"]: row for row in rows}
    if path not in table or "inputs" not in table[path]:
        return True
    path = _before(table, path, BEHIND)
    if path not in table or table[path]["class"] != "Conv2D":
        return False
    front = _before(table, _input(table, path), IN_FRONT)
    return front not in table


def _before(table: dict[str, LayerRow], path: str, passed: tuple[str, ...]) -> str:
    """The first layer at or before one that is none of those that are passed through."""
    while path in table and table[path]["class"] in passed:
        path = _input(table, path)
    return path


def _input(table: dict[str, LayerRow], path: str) -> str:
    feeds = table[path].get("inputs", [])
    return feeds[0] if len(feeds) == 1 else ""
