"""One old layer that takes several of today's to compute the same.

A chain stands where the layer stood: its first link takes what came in, each next one the link before, and whoever
took the layer's output takes the last link's.
"""

from itertools import pairwise
from typing import Any

from shared.uploads.upgrades.names import rename

Config = dict[str, Any]


def lay_chains(model: Config, chains: dict[str, list[Config]]) -> None:
    """Put chains in the place of layers of one Sequential or Functional model of Keras 2's form; changes it.

    Args:
        model: class_name and config; nested models are left alone.
        chains: by the name of the layer, the entries that take its place; every link has a name of its own, and the
            one with weights keeps the old one.
    """
    config = model["config"]
    entries = [(entry, chains.get(_name(entry), [entry])) for entry in config["layers"]]
    config["layers"] = [link for _, links in entries for link in links]
    if model["class_name"] == "Sequential":
        return
    last = {}
    for entry, links in entries:
        if len(links) > 1:
            _link(links, entry.get("inbound_nodes", []))
            last[_name(entry)] = _name(links[-1])
    inner = {id(link) for _, links in entries for link in links[1:]}
    for entry in config["layers"]:
        if id(entry) not in inner:
            entry["inbound_nodes"] = rename(entry.get("inbound_nodes", []), last)
    config["output_layers"] = rename(config.get("output_layers", []), last)


def _name(entry: Config) -> str:
    return str(entry.get("name") or entry["config"].get("name", ""))


def _link(links: list[Config], nodes: list[Any]) -> None:
    links[0]["inbound_nodes"] = nodes
    for before, link in pairwise(links):
        link["inbound_nodes"] = [[[_name(before), number, 0, {}]] for number in range(len(nodes))]
