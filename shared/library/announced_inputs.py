"""What model files say of the pictures that their networks take: read once a file, without Keras, and noted."""

from collections.abc import Callable
from contextlib import suppress

from shared.errors import RefusedUpload
from shared.library.files import FileStore
from shared.settings import Settings
from shared.uploads.models import ModelFile, check_model

TABLE = "announced_inputs"


class AnnouncedInputs:
    """Of one installation's files.

    Args:
        files: where they lie.
        settings: limits of what is read.
        trusted: whether code in a file may run, by its reference.
    """

    def __init__(self, files: FileStore, settings: Settings, trusted: Callable[[str], bool]) -> None:
        self._files, self._settings, self._trusted = files, settings, trusted

    def note(self, file: str, found: ModelFile) -> int:
        """Keep what the check of a file found; the bands, 0 where the file leaves them open."""
        bands = int((found.input_shape or (None,))[-1] or 0)
        self._files.write_record(TABLE, file.removeprefix("sha256:"), {"bands": bands})
        return bands

    def bands(self, file: str) -> int | None:
        """How many bands a file's network takes; None where the file leaves that open."""
        known = self._files.read_record(TABLE, file.removeprefix("sha256:"))
        if known is not None:
            return int(known["bands"]) or None
        with suppress(RefusedUpload):  # of an earlier release, whose rules were others
            found = check_model(self._files.local_path(file), self._settings, trusted=self._trusted(file))
            return self.note(file, found) or None
        return None
