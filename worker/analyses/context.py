"""What every analysis is given besides its spec."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from shared.images.resizing import AUTO, CROP, rule_of
from shared.images.way_in import way_in_words
from shared.part_sources import ListedParts, PartSource, Series
from worker.pictures.picture_sizes import sized_picture, square_picture

if TYPE_CHECKING:
    from shared.analyses.ascent_modes import PictureAscentSpec
    from shared.images.bands import BandPicture
    from shared.library import Dataset, Library
    from shared.results import Part
    from worker.networks.models import LoadedModel, WarmModels


@dataclass(frozen=True)
class RunContext:
    """Models, pictures and limits of the engine, and what of this run is done already.

    Attributes:
        models: warm models.
        library: pictures and data sets by reference; where trained networks are noted and checkpoints kept.
        finished: numbers of parts that an earlier attempt stored; never to be made again.
        device_memory: bytes that a batch may be sized to; 0 for the processor.
        stored: a finished part by its number, for what is said of all parts together; None where it is gone.
        pictures_in: what came in and what went into the network, in a line, by the picture or data set; kept with the
            run's facts.
        shared: the parts of a series that other workers of the run leave to this one; None where one makes all.
        previewed: numbers of unfinished parts that an earlier attempt has shown as they look so far.
    """

    models: "WarmModels"
    library: "Library"
    finished: frozenset[int] = field(default_factory=frozenset)
    device_memory: int = 0
    stored: "Callable[[int], Part | None]" = lambda _: None
    shared: Callable[[Series], PartSource] | None = None
    previewed: frozenset[int] = field(default_factory=frozenset)
    pictures_in: dict[str, str] = field(default_factory=dict)

    def source(self, series: Series) -> PartSource:
        """Where this worker's next parts of a series come from, several at a time.

        What was taken is yielded before more is asked for, or said to be held then.
        """
        if self.shared is not None:
            return self.shared(series)
        missing = (i for i in range(series.first, series.total, series.step) if i not in self.finished)
        return ListedParts(missing, self.previewed, len(self.finished))

    def parts(self, series: Series) -> Iterator[int]:
        """Numbers of the parts that are this worker's to make. Each must be yielded before the next is asked for."""
        source = self.source(series)
        while taken := source.take(1):
            yield from taken

    def dataset(self, reference: str) -> "Dataset":
        """A data set whose pictures can be read.

        Raises:
            UnknownDataset: there is none of this reference.
        """
        return self.library.datasets.open(reference)

    def start_picture(self, spec: "PictureAscentSpec", model: "LoadedModel") -> np.ndarray | None:
        """What a gradient ascent begins with: the request's picture as a square, by the rule that it comes to.

        Returns:
            float32 (size, size, channel) in [0, 1], in the bands that the network takes; None without a picture.

        Raises:
            UnknownImage: there is none of this reference.
            InvalidSpec: it has other bands than the network's channels.
        """
        if not spec.image:
            return None
        rule, channels, how = spec.settled_resize, model.input_channels, model.preprocess
        kept, size = self.library.images.open(spec.image), (spec.size, spec.size)
        self._note(spec.image, kept, size, channels, rule, how)
        if rule == CROP:
            return np.clip(square_picture(kept, spec.size, channels, how), 0.0, 1.0)
        return np.clip(sized_picture(kept, size, channels, rule, how), 0.0, 1.0)

    def model_picture(self, reference: str, model: "LoadedModel", resize: str = AUTO) -> np.ndarray:
        """A picture as a network takes it, in the network's own size; see sized_picture()."""
        rule = rule_of(resize, model.card.resize)
        return self.sized_picture(reference, model.input_size, model.input_channels, rule, model.preprocess)

    def sized_picture(
        self, reference: str, size: tuple[int, int], channels: int, resize: str, how: str = ""
    ) -> np.ndarray:
        """A picture in a size and in the bands that a network takes, and a line of it for the run's facts.

        Returns:
            See worker.pictures.picture_sizes.sized_picture().

        Raises:
            UnknownImage: there is none of this reference.
            InvalidSpec: it has other bands than the network's channels.
        """
        kept = self.library.images.open(reference)
        found = sized_picture(kept, size, channels, resize, how)
        self._note(reference, kept, found.shape[:2], channels, resize, how)
        return found

    def _note(
        self, reference: str, kept: "BandPicture", size: tuple[int, ...], channels: int, resize: str, how: str
    ) -> None:
        words = way_in_words(kept, (size[0], size[1]), channels, resize, how)
        self.pictures_in[reference] = " ".join(filter(None, (self.library.images.changes(reference), words)))
