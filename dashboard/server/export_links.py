"""What the export menu offers for a result of any kind; a page adds the files of its own kind."""

from dataclasses import dataclass

from dashboard.server.signing import sign

REPORT, WHOLE, PYTHON, SHELL = "report.html", "result.zip", "again.py", "again.sh"


@dataclass(frozen=True)
class Download:
    """One entry of the export menu."""

    label: str
    note: str
    url: str


def whole_downloads(key: str) -> list[Download]:
    """The whole result in one file, and the code that makes it again."""
    return [
        Download("Report that opens anywhere", "HTML", download_url(key, REPORT)),
        Download("Everything in one file", "zip", download_url(key, WHOLE)),
        Download("The code that makes it", "Python", download_url(key, PYTHON)),
        Download("The same for a shell", "sh", download_url(key, SHELL)),
    ]


def download_url(key: str, name: str) -> str:
    """A file of a run's result, sent as an attachment: sheet.png, arrays.npz, manifest.json, layers.csv ..."""
    return f"/download/{sign(key)}/{key}/{name}"
