"""The modes of gradient ascent: which parameterization, transform and optimizer go together, sized to a picture."""

from dataclasses import dataclass

import numpy as np

from shared.analyses.ascent_modes import MODE_DEFAULTS, AscentSpec
from shared.library import ImageLibrary
from worker.ascent.fourier import fourier
from worker.ascent.optimizers import Optimizer, adam, nadam, normalised_step
from worker.ascent.parameterizations import Parameterization, pixels
from worker.ascent.phases import phases, photograph_spectrum
from worker.ascent.transforms import Transform, no_transform, noisy_crops, wobble

# Lucid moves pictures of 224 pixels by 16 and then by 8; smaller ones by the same shares, at least by a pixel.
JITTER, LAST_JITTER = 16 / 224, 8 / 224
SCALES, DEGREES = (0.95, 1.05), 5.0
# Adam's shares of the past. Over few steps 0.9 and 0.999 are still under way when the ascent ends.
SHORT_MEMORY = 0.8, 0.99
# MACO's paper takes 32 crops of 512 pixels a step: minutes a picture on a card, hours on a processor.
MACO_VIEWS = 4


@dataclass(frozen=True)
class Mode:
    """Everything about an ascent but the model, the objective and where it starts.

    Attributes:
        name: for people.
        parameterization: how pictures are written down.
        transform: how they are moved in every step.
        optimizer: how a gradient becomes a step.
        steps: as many as the mode takes unless asked otherwise.
        step_size: in the optimizer's units.
        regularizers: (name, weight), see worker.ascent.regularizers.
        redirect: whether pictures without any gradient are helped through shut ReLUs.
    """

    name: str
    parameterization: Parameterization
    transform: Transform
    optimizer: Optimizer
    steps: int
    step_size: float
    regularizers: tuple[tuple[str, float], ...] = ()
    redirect: bool = True

    @property
    def identity(self) -> str:
        """Equal for modes that compute the same, whatever their steps and step size."""
        parts = (self.parameterization.name, self.transform.name, self.optimizer.name, self.regularizers)
        return "; ".join(map(str, parts))


def mode(name: str, size: tuple[int, int], channels: int, magnitude: np.ndarray | None = None) -> Mode:
    """A mode by its name.

    Args:
        name: classic, lucid or maco.
        size: height and width of the pictures.
        channels: of the pictures.
        magnitude: for maco, from phases.mean_spectrum().
    """
    match name:
        case "classic":
            return classic(size, channels)
        case "lucid":
            return lucid(size, channels)
    assert magnitude is not None, "maco needs the spectrum of photographs"
    return maco(size, channels, magnitude)


def mode_of(spec: AscentSpec, channels: int, images: ImageLibrary) -> Mode:
    """The mode that a spec asks for, on its size, with its spectrum.

    Raises:
        UnknownImage: a picture of the spectrum is not there.
    """
    size = (spec.size, spec.size)
    needed = spec.mode == "maco"
    return mode(
        spec.mode, size, channels, photograph_spectrum(images, spec.spectrum, size, channels) if needed else None
    )


def classic(size: tuple[int | None, int | None], channels: int) -> Mode:
    """Pixels and a normalised gradient, as in Chollet, "How convolutional neural networks see the world", 2016."""
    usual = MODE_DEFAULTS["classic"]
    way = pixels(*size, channels)
    return Mode("classic", way, no_transform(), normalised_step(), usual.steps, usual.step_size)


def lucid(size: tuple[int, int], channels: int) -> Mode:
    """Fourier coefficients, decorrelated colours, random moves: Olah et al., "Feature Visualization", 2017."""
    usual, side = MODE_DEFAULTS["lucid"], min(size)
    moves = wobble(max(1.0, JITTER * side), SCALES, DEGREES, max(0.5, LAST_JITTER * side))
    return Mode("lucid", fourier(*size, channels), moves, adam(*SHORT_MEMORY), usual.steps, usual.step_size)


def maco(size: tuple[int, int], channels: int, magnitude: np.ndarray, views: int = MACO_VIEWS) -> Mode:
    """Phases alone on the magnitudes of photographs, seen in crops: Fel et al., NeurIPS 2023."""
    usual = MODE_DEFAULTS["maco"]
    way = phases(*size, channels, magnitude)
    return Mode("maco", way, noisy_crops(views, size), nadam(), usual.steps, usual.step_size)
