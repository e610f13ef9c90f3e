"""The pictures of any result by address, without decoding one of them."""

from dashboard.analyses.filter_atlas.sheets import sheet_of, sheet_url
from dashboard.runs.urls import part_url
from shared.client import Client
from shared.results import part_header
from shared.store import RunRecord

# A sheet stands for the tiles of an atlas; of all else so many pictures are offered.
MOST = 200


def pictures_of(client: Client, run: RunRecord) -> dict[str, str]:
    """What a result has to look at: title to address, in the order of its parts."""
    if run.kind == "filter_atlas":
        sheet = sheet_of(client, run, "sharp")
        return {"all channels": sheet_url(sheet, "sharp")} if sheet and sheet.facts else {}
    found: dict[str, str] = {}
    for index, data in sorted(client.results.parts(run.key).items()):
        header = part_header(data)
        for name, _ in header["pictures"]:
            words = [str(header["name"] or f"part {index}"), *([name] if name != header["name"] else [])]
            found.setdefault(" · ".join(words).replace("_", " "), part_url(run.key, index, name))
    return dict(list(found.items())[:MOST])
