"""`activations`: what every channel of every layer answers to one picture."""

from typing import ClassVar

from shared.analyses.base import ImageRef, JobSpec, Layers, ModelRef, Queue
from shared.analyses.resize_fields import ResizeOrOwn


class Activations(JobSpec):
    """Feature maps of one picture, all layers in one forward pass.

    Part 0: the picture as the network sees it, its predictions, and a summary of every layer. Then a part a
    layer: its maps and what each channel's smallest, largest and mean values are, and its share of zeros.
    """

    kind: ClassVar[str] = "activations"
    version: ClassVar[int] = 3
    queue: ClassVar[Queue] = "interactive"

    model: ModelRef
    image: ImageRef
    layers: Layers = ()
    resize: ResizeOrOwn = "auto"
