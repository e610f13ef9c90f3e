"""What the export menu offers for a result of any kind, and the addresses of files."""

from dashboard.server.signing import sign

REPORT, WHOLE, PYTHON, SHELL = "report.html", "result.zip", "again.py", "again.sh"
# The whole result in one file, and the code that makes it again; a view adds the files of its own.
WHOLE_FILES = {
    "Report that opens anywhere": REPORT,
    "Everything in one file": WHOLE,
    "The code that makes it": PYTHON,
    "The same for a shell": SHELL,
}


def download_url(key: str, name: str) -> str:
    """A file of a run's result, sent as an attachment: sheet.png, arrays.npz, manifest.json, layers.csv ..."""
    return f"/download/{sign(key)}/{key}/{name}"
