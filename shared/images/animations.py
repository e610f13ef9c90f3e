"""Frames to a moving picture that every browser and slide show can play."""

import io

import numpy as np
from PIL import Image

FRAME_MS, LAST_MS = 80, 1500


def gif_bytes(frames: np.ndarray, frame_ms: int = FRAME_MS, last_ms: int = LAST_MS) -> bytes:
    """A GIF that plays for ever and rests on its last frame.

    Args:
        frames: uint8 (frame, height, width, 3) or (frame, height, width).
        frame_ms: how long a frame stays, in milliseconds; GIF counts in tens.
        last_ms: how long the last one stays.

    Raises:
        ValueError: there is no frame.
    """
    if len(frames) == 0:
        raise ValueError("expected at least one frame, received none")
    pictures = [Image.fromarray(frame).convert("RGB") for frame in frames]
    # One palette for all, made of a few frames: colours that jump from frame to frame look like flicker.
    few = np.hstack([np.asarray(pictures[i]) for i in sorted({0, len(pictures) // 2, len(pictures) - 1})])
    palette = Image.fromarray(few).quantize(256, method=Image.Quantize.MEDIANCUT)
    small = [p.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for p in pictures]
    out = io.BytesIO()
    durations = [frame_ms] * (len(small) - 1) + [last_ms]
    small[0].save(out, "GIF", save_all=True, append_images=small[1:], duration=durations, loop=0, optimize=False)
    return out.getvalue()
