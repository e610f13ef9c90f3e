"""Any file that `convscope run --output` would write, for kinds whose whole result is small."""

import mimetypes
import tempfile
from pathlib import Path

from starlette.responses import Response

from shared.analyses import KINDS
from shared.client import Client
from shared.results import decode_part
from shared.store import RunRecord

# Their files are made part by part instead, in downloads.py: hundreds of megabytes would stand in memory.
LARGE = ("activations", "filter_atlas")


def written_file(client: Client, run: RunRecord, name: str) -> Response | None:
    """One file of a result.

    Args:
        client: of the installation.
        run: whose result.
        name: as in the output folder, "/" between a folder and its file.

    Returns:
        None where the result has no such file.

    Raises:
        UnknownRun: the result has left the cache.
    """
    if run.kind in LARGE or run.kind not in KINDS:
        return None
    parts = {i: decode_part(data) for i, data in client.each_part(run)}
    if not parts:
        return None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        KINDS[run.kind].write(folder, run, parts)
        # Compared with what was written, never joined to the folder: a name may hold "..".
        found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        if name not in found:
            return None
        return Response(found[name].read_bytes(), media_type=mimetypes.guess_type(name)[0])
