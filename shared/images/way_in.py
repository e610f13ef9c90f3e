"""What came in of a picture and what went into a network, in one line that stands beside every result."""

from shared.images.bands import BandPicture, fit_words, learnt_range, number_range
from shared.images.resizing import meets_words


def way_in_words(picture: BandPicture, size: tuple[int, int], channels: int, resize: str, how: str = "") -> str:
    """What came in of a picture and what went into the network, in one line.

    Args:
        picture: as it is kept.
        size: height and width that the network was shown, in pixels.
        channels: that the network takes.
        resize: a rule, see shared.images.resizing.
        how: values go in, see shared.library.preprocessing; "" where nothing is known of it.

    Raises:
        InvalidSpec: the picture has other bands.
    """
    height, width = picture.values.shape[:2]
    came = f"{picture.words[:1].upper()}{picture.words[1:]}, {width} × {height} px."
    return f"{came} {went_in_words(picture, size, channels, resize, how)}"


def went_in_words(picture: BandPicture, size: tuple[int, int], channels: int, resize: str, how: str = "") -> str:
    """The second half of way_in_words()."""
    done = fit_words(picture, channels)
    went = f"{meets_words(resize)} {size[1]} × {size[0]} px"
    if picture.colours and (learnt := learnt_range(how)):
        learned = f"{learnt[0]:g} to {learnt[1]:g}"
        done = f"{done} The network learnt from numbers {learned}, and the picture has none: 255 stands for white."
    numbers = None if picture.colours or learnt_range(how) else number_range(how)
    values = f"numbers {numbers[0]:g} to {numbers[1]:g} as they stand" if numbers else how and f"values {how}"
    said = "; ".join(filter(None, (went, done[:1].lower() + done[1:].rstrip("."), values.replace("..", "…"))))
    return f"Into the network: {said}."
