"""A folder for temporary files of each process that may be killed; whoever started it removes them all at once."""

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path

PREFIX = "convscope-tmp-"
_NAME = re.compile(re.escape(PREFIX) + r"(\d+)-")


def new_scratch() -> str:
    """A new folder, readable by its owner alone, for a child of this process; the usual one where there is no room."""
    with contextlib.suppress(OSError):
        return tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    return tempfile.gettempdir()


def remove_scratch(folder: str) -> None:
    """Remove a folder that new_scratch() made, with all in it; any other is left alone."""
    if _NAME.match(Path(folder).name):
        shutil.rmtree(folder, ignore_errors=True)


def sweep_scratch() -> None:
    """Remove the folders of processes that are gone and had no time to do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        made_by = _NAME.match(folder.name)
        if made_by and not _lives(int(made_by[1])):
            remove_scratch(str(folder))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
