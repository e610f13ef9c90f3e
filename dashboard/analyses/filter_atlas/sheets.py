"""Contact sheets on their way to the browser: decoded once, and only the new tiles while a run is live.

A sheet for the screen is made of thumbnails, so that 2,048 channels or tiles of 512 pixels still are one
picture of a few megabytes; a sharper one is made for large tiles and dense screens only. Full-size tiles are
fetched one by one, and the download has all of them.
"""

import io
import math
import threading
import time
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from dashboard.server.addresses import SignedAddress
from dashboard.server.caches import Cache
from dashboard.widgets.shown_bands import with_bands
from dashboard.widgets.tiles import LARGEST_THUMBNAIL, Quality, thumbnail_edge
from shared.analyses.band_arrays import picture_in_bands
from shared.analyses.filter_atlas.parts import TILE
from shared.analyses.typed_parts import TileFacts
from shared.client import Client
from shared.images.contact_sheet import blank_sheet, columns_for, place
from shared.images.jpeg import jpeg_bytes
from shared.results import decode_picture, part_header
from shared.store import RunRecord

sheet_address = SignedAddress("/img/sheet/{key}/{version}/{quality}.jpg")
# A live 512-tile sheet takes 15 to 27 MB decoded; a finished one is kept as a JPEG of 2 to 7 MB.
KEPT_BYTES, KEPT_LIVE = 24_000_000, 2
READ_AT_ONCE = 64
JPEG_QUALITY = 90


@dataclass
class Sheet:
    """One run's sheet: thumbnails pasted so far, and the facts of each finished part.

    `facts` maps a part's index to its facts, `looks` those of parts that are shown at a first look; `made` says what
    the JPEG shows; `read_at` is when tiles were last looked for, on the monotonic clock.
    """

    key: str
    count: int
    tile_size: int
    edge: int
    stamp: str
    bands: tuple[int, ...] = ()
    facts: dict[int, TileFacts] = field(default_factory=dict)
    looks: dict[int, TileFacts] = field(default_factory=dict)
    pixels: np.ndarray | None = None
    jpeg: bytes = b""
    made: int = -1
    read_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def columns(self) -> int:
        """Tiles in a row."""
        return columns_for(self.count)

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return math.ceil(self.count / self.columns)

    @property
    def shown(self) -> int:
        """Rises with every new tile: a finished one counts twice, one at a first look once."""
        return 2 * len(self.facts) + len(self.looks)

    @property
    def version(self) -> str:
        """Changes with every new tile, and when the run is computed anew."""
        return f"{self.shown}-{self.stamp}"

    def add(self, index: int, data: bytes, finished: bool = True) -> None:
        """Paste one encoded part, or how it looks so far."""
        facts = TILE.read(part_header(data)["facts"])
        png = picture_in_bands(data, "tile", self.bands)
        if png is None or index >= self.count:
            return
        if self.pixels is None:
            self.pixels = self._reopened()
        place(self.pixels, _thumbnail(decode_picture(png), self.edge), index, self.columns)
        self.looks.pop(index, None)
        (self.facts if finished else self.looks)[index] = facts

    def _reopened(self) -> np.ndarray:
        if not self.jpeg:
            return blank_sheet(self.count, self.edge, self.edge, self.columns)
        with Image.open(io.BytesIO(self.jpeg), formats=("JPEG",)) as image:
            return np.array(image)

    def render(self) -> bytes:
        """JPEG of the sheet as it is now."""
        with self.lock:
            if self.made != self.shown and self.pixels is not None:
                self.jpeg, self.made = jpeg_bytes(self.pixels, JPEG_QUALITY), self.shown
            if len(self.facts) == self.count:
                self.pixels = None
            return self.jpeg

    def let_go(self) -> None:
        """Free the decoded picture when the JPEG shows the same, unless somebody is at work on it now."""
        if self.lock.acquire(blocking=False):
            try:
                if self.made == self.shown:
                    self.pixels = None
            finally:
                self.lock.release()


# Their own sizes are asked for each time: a live sheet grows.
_sheets: Cache[Sheet] = Cache(KEPT_BYTES, size=lambda sheet: len(sheet.jpeg))


def _thumbnail(tile: np.ndarray, edge: int) -> np.ndarray:
    if tile.shape[0] == edge:
        return tile
    return np.asarray(Image.fromarray(tile).resize((edge, edge), Image.Resampling.BICUBIC))


def sheet_of(
    client: Client,
    run: RunRecord,
    quality: Quality = "quick",
    *,
    enough: int | None = None,
    reuse_for: float = 0.0,
    bands: tuple[int, ...] = (),
) -> Sheet | None:
    """The sheet of a run with every tile that is finished now.

    Args:
        client: of the installation.
        run: an atlas.
        quality: how sharp.
        enough: a sheet's `shown` that suffices; with as much, no more is looked for.
        bands: that are shown of tiles with more than three; () for the usual ones.
        reuse_for: seconds within which a live sheet is shown as it was, so that many watchers share a picture.

    Returns:
        None while the number of tiles is unknown.
    """
    total = run.total
    if not total:
        return None
    size = int(run.fields.get("size", LARGEST_THUMBNAIL[quality]))
    sheet = _sheets.get(
        (run.key, run.stamp, total, quality, bands),
        lambda: Sheet(run.key, total, size, thumbnail_edge(total, size, quality), run.stamp, bands),
    )
    for other in [one for one in _sheets.values() if one.pixels is not None][:-KEPT_LIVE]:
        other.let_go()
    now = time.monotonic()
    with sheet.lock:
        fresh = sheet.shown and not run.over and now - sheet.read_at < reuse_for
        if not fresh and sheet.shown < (2 * total if enough is None else enough):
            _read_missing(client, run, sheet)
            _read_looks(client, run, sheet)
            sheet.read_at = now
    return sheet


def _read_missing(client: Client, run: RunRecord, sheet: Sheet) -> None:
    if len(sheet.facts) >= min(run.done, sheet.count):
        return
    there = client.store.parts.indices(run.key)
    missing = sorted(there - sheet.facts.keys())
    if not there:  # in the archive, which is read as a whole
        for index, data in client.results.parts(run.key).items():
            sheet.add(index, data)
    for start in range(0, len(missing), READ_AT_ONCE):
        for index, data in client.results.parts(run.key, missing[start : start + READ_AT_ONCE]).items():
            sheet.add(index, data)


def _read_looks(client: Client, run: RunRecord, sheet: Sheet) -> None:
    if not run.previews:
        return
    missing = sorted(client.store.previews.indices(run.key) - sheet.facts.keys() - sheet.looks.keys())
    for index, data in client.store.previews.read_many(run.key, missing).items():
        sheet.add(index, data, finished=False)


def sheet_url(sheet: Sheet, quality: Quality = "quick") -> str:
    """The contact sheet as it is now."""
    return with_bands(sheet_address, sheet.key, sheet.version, quality)
