"""Waiting for what a page does behind the browser's back."""

import base64
import io
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from PIL import Image
from playwright.sync_api import Locator

T = TypeVar("T")
SECONDS = 20.0


def eventually(ask: Callable[[], T], wanted: Callable[[T], object], seconds: float = SECONDS) -> T:
    """Ask again until the answer is the wanted one.

    A page writes its address before it has filed the run that the address names, so the store is asked like this.

    Args:
        ask: reads what is there now.
        wanted: whether that is it.
        seconds: how long to wait.

    Raises:
        AssertionError: with the last answer, when the time is over.
    """
    end = time.monotonic() + seconds
    while not wanted(answer := ask()):
        assert time.monotonic() < end, f"after {seconds:.0f} s still {answer!r}"
        time.sleep(0.05)
    return answer


def drawn(canvas: Locator) -> np.ndarray:
    """uint8 (height, width, 3): a canvas as it is, once what was changed just now is painted, in the next frame."""
    painted = "c => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(c.toDataURL()))))"
    png = base64.b64decode(canvas.evaluate(painted).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
