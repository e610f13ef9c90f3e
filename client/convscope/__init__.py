"""Convscope, asked over HTTP: models, pictures and data sets go there, results come back as arrays, files and figures.

    import convscope

    lab = convscope.connect("https://convscope.example.org", token="cvs_...")
    result = lab.run("filter_atlas", model="net.keras", layer="conv3", watch="bar")
    result.arrays["tiles"]; result.figures; result.save("atlas"); result.link

`connection` asks and explains what goes wrong, `lab` is one installation, `kinds` what it says of itself, `sending`
turns what is at hand into files, `result` what comes back, `keras` a callback for training, `command_line` the command.
"""

from convscope.errors import (
    ConvscopeError,
    OutdatedError,
    RefusedError,
    RunCancelledError,
    RunFailedError,
    UnreachableError,
)
from convscope.lab import Added, Lab, connect
from convscope.result import Result
from convscope.run import Run

__all__ = [
    "Added", "ConvscopeError", "Lab", "OutdatedError", "RefusedError", "Result", "Run", "RunCancelledError",
    "RunFailedError", "UnreachableError", "connect",
]  # fmt: skip
