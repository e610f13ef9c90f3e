"""The pages of a published network: a front page, one a layer, one a channel, one a class. Jinja escapes all words.

Names of folders and files are ours: numbers, and file_stem() of a layer's path. Pages load nothing from elsewhere.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from shared.analyses.result_files import file_stem
from shared.class_names import class_words
from shared.client.client import Client
from shared.client.site.material import Channel, Published, channels_of, class_parts
from shared.errors import InvalidSpec, message
from shared.images.contact_sheet import GAP, stitch
from shared.images.jpeg import jpeg_bytes

ASSETS = Path(__file__).parent / "assets"
# What marks a folder that this wrote, so that it may be written anew.
MARK = "convscope-site.json"
# All that a site has; nothing else in its folder is touched.
WRITTEN = (MARK, "index.html", "search.js", "site.css", "site.js", "layers", "classes")
STRIP_TILES, STRIP_EDGE, THUMBNAIL = 4, 64, 96
# Of the pages beside each picture, in bytes; of a tile of 128 pixels as JPEG, measured on learned networks.
PAGE_BYTES, TILE_BYTES, TILE_PIXELS, EXAMPLE_BYTES = 4_000, 9_000, 128 * 128, 40_000
Told = Callable[[str], None]


@dataclass(frozen=True)
class SiteOptions:
    """What a site says of itself, and what of it is private.

    Attributes:
        about: a paragraph for the front page; "" for none.
        licence: of model and pictures, in words; "" says that nobody named one.
        source: where model and data are from, in words; "" for nothing.
        pictures: whether pieces of the data set's pictures are shown.
        names: whether names that people gave channels are shown.
        most: of each layer so many channels, those with the strongest pictures; 0 for all.
    """

    about: str = ""
    licence: str = ""
    source: str = ""
    pictures: bool = False
    names: bool = False
    most: int = 0

    def shown(self, channels: int) -> int:
        """How many of a layer's channels are shown."""
        return min(channels, self.most or channels)


def estimated_bytes(site: Published, options: SiteOptions) -> int:
    """About how large a site becomes."""
    total = 200_000
    for layer, run in site.atlases.items():
        edge = int(run.fields.get("size") or 128)
        each = PAGE_BYTES + 1.1 * TILE_BYTES * edge * edge / TILE_PIXELS
        each += EXAMPLE_BYTES if options.pictures and layer in site.examples else 0
        total += int(options.shown(run.done) * each)
    return total + len(site.classes) * (PAGE_BYTES + 30_000)


def write_site(
    client: Client, site: Published, folder: Path, options: SiteOptions | None = None, told: Told = lambda words: None
) -> int:
    """Write a site, in place of an earlier one once all of it is made; what else lies beside that, such as a host's
    CNAME, stays.

    Args:
        client: of the installation.
        site: what is published.
        folder: to write into; missing, empty, or with a site that this wrote.
        options: what it says, and what is private.
        told: is called with each layer's path before it is written.

    Returns:
        How many bytes it has.

    Raises:
        InvalidSpec: the folder has something else in it.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise InvalidSpec(
            message("a new or empty folder, or one with an earlier site", str(folder), "Name another one.")
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=folder) as made:
        writer = _Writer(client, site, Path(made), options or SiteOptions())
        for place, layer in enumerate(site.atlases):
            told(layer)
            writer.write_layer(place, layer)
        writer.write_classes()
        writer.write_front()
        return _put_in_place(Path(made), folder)


def _put_in_place(made: Path, folder: Path) -> int:
    """Move what was made to where the earlier site lies; returns its bytes."""
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    for name in WRITTEN:
        old, new = folder / name, made / name
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
        if new.exists():
            new.rename(old)
    return size


class _Writer:
    """What is written so far, and what the front page will say of it."""

    def __init__(self, client: Client, site: Published, folder: Path, options: SiteOptions) -> None:
        self._client, self._site, self._folder, self._options = client, site, folder, options
        self._layers: list[dict[str, Any]] = []
        self._classes: list[dict[str, Any]] = []
        self._found: list[list[str]] = []
        rows = {str(row["path"]): row for row in site.facts["layers"]}
        self._rows: Mapping[str, Mapping[str, Any]] = rows
        self._slugs = {layer: f"{place + 1:03}-{file_stem(layer)}" for place, layer in enumerate(site.atlases)}

    def write_layer(self, place: int, layer: str) -> None:
        """A layer's page, those of its channels, and their pictures."""
        slug, order = self._slugs[layer], list(self._site.atlases)
        folder = self._folder / "layers" / slug
        (folder / "tiles").mkdir(parents=True)
        every = [self._named(one) for one in channels_of(self._client, self._site, layer, self._options.pictures)]
        best = sorted(every, key=lambda one: (one.silent, -one.objective))[: self._options.shown(len(every))]
        channels = sorted(best, key=lambda one: one.number)
        numbers = [one.number for one in channels]
        for at, channel in enumerate(channels):
            self._write_pictures(folder, channel)
            self._page(folder / f"{channel.number}.html", "channel.html", 2, channel=channel, layer=layer, slug=slug,
                       before=numbers[at - 1] if at else None,
                       after=numbers[at + 1] if at + 1 < len(numbers) else None,
                       there=set(numbers), has_examples=channel.examples is not None)  # fmt: skip
            words = f"{channel.name} · " if channel.name else ""
            self._found.append([f"{words}{layer} · channel {channel.number}", f"layers/{slug}/{channel.number}.html"])
        self._strip(folder / "best.jpg", best[:STRIP_TILES])
        said = {"path": layer, "slug": slug, "row": self._rows.get(layer, {}), "channels": len(every),
                "shown": len(channels), "silent": sum(one.silent for one in every)}  # fmt: skip
        self._layers.append(said)
        self._found.append([layer, f"layers/{slug}/index.html"])
        self._page(folder / "index.html", "layer.html", 2, layer=said, channels=channels,
                   before=order[place - 1] if place else None,
                   after=order[place + 1] if place + 1 < len(order) else None, slugs=self._slugs)  # fmt: skip

    def _named(self, channel: Channel) -> Channel:
        if self._options.names or not channel.name:
            return channel
        return replace(channel, name="")

    def _write_pictures(self, folder: Path, channel: Channel) -> None:
        (folder / "tiles" / f"{channel.number}.jpg").write_bytes(jpeg_bytes(channel.tile))
        if channel.examples is not None:
            (folder / "tiles" / f"{channel.number}-examples.jpg").write_bytes(jpeg_bytes(channel.examples))

    def _strip(self, path: Path, channels: Sequence[Channel]) -> None:
        small = {at: _small(one.tile, STRIP_EDGE) for at, one in enumerate(channels)}
        path.write_bytes(jpeg_bytes(stitch(small, len(small), len(small))[:-GAP, :-GAP]))

    def write_classes(self) -> None:
        """A page a class that has a picture."""
        folder = self._folder / "classes"
        if self._site.classes:
            folder.mkdir()
        for number, part in class_parts(self._client, self._site):
            name = class_words(number, part.facts["name"])
            image = part.pictures["image"]
            (folder / f"{number}.jpg").write_bytes(jpeg_bytes(image))
            (folder / f"{number}-small.jpg").write_bytes(jpeg_bytes(_small(image, THUMBNAIL)))
            said = {"number": number, "name": name, "facts": part.facts}
            self._page(folder / f"{number}.html", "class.html", 1, shown=said)
            self._classes.append(said)
            self._found.append([f"{name} · class {number}", f"classes/{number}.html"])

    def write_front(self) -> None:
        """The front page, what its search looks in, styles, script and the mark."""
        (self._folder / MARK).write_text("{}\n")
        for name in ("site.css", "site.js"):
            shutil.copyfile(ASSETS / name, self._folder / name)
        script = json.dumps(self._found, ensure_ascii=True).replace("<", "\\u003c")
        (self._folder / "search.js").write_text(f"window.FOUND = {script};\n")
        self._page(self._folder / "index.html", "front.html", 0, layers=self._layers, classes=self._classes,
                   others=self._others(), facts=self._provenance())  # fmt: skip

    def _others(self) -> list[dict[str, Any]]:
        """Every layer in the order of the network; those with tiles name their page."""
        shown = {one["path"]: one for one in self._layers}
        holders = {path.rpartition("/")[0] for path in self._rows}
        return [{"row": row, "layer": shown.get(path)} for path, row in self._rows.items() if path not in holders]

    def _provenance(self) -> dict[str, str]:
        facts, options = self._site.facts, self._options
        made = [run.finished_at for run in self._site.atlases.values() if run.finished_at]
        spec = next(iter(self._site.atlases.values()))
        rows = {
            "Licence": options.licence or "none was named; ask whoever published this before you use it",
            "Model and data": options.source,
            "Weights": str(facts.get("weights", "")),
            "Input": str(facts["input"]),
            "Parameters": f"{facts['parameters']:,}",
            "Reference": self._site.model,
            "Tiles": f"{spec.fields.get('mode')}, {spec.fields.get('steps')} steps, {spec.fields.get('size')} pixels",
            "Computed": f"{datetime.fromtimestamp(max(made), UTC):%Y-%m-%d}" if made else "",
            "Left out": self._left_out(),
        }
        return {name: value for name, value in rows.items() if value}

    def _left_out(self) -> str:
        left = [] if self._options.pictures else ["pictures of the data set"]
        return ", ".join(left + ([] if self._options.names else ["names that people gave"]))

    def _page(self, path: Path, template: str, depth: int, **words: Any) -> None:
        made = _environment().get_template(template).render(site=self._site, options=self._options, root="../" * depth,
                                                            **words)  # fmt: skip
        path.write_text(made, encoding="utf-8")


def _small(pixels: np.ndarray, edge: int) -> np.ndarray:
    """The same at another size, uint8 (edge, edge, 3)."""
    image = Image.fromarray(pixels).convert("RGB")
    return np.asarray(image.resize((edge, edge), Image.Resampling.LANCZOS))


@lru_cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True)  # fmt: skip
    made.filters |= {"number": lambda value: f"{value:.4g}".replace("-", "−"), "percent": lambda value: f"{value:.1%}"}
    return made
