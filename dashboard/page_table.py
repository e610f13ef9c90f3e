"""The pages: those of the analyses, which their rooms declare, and the team's."""

from dataclasses import replace

from dashboard.analyses import ANALYSES, find_in_room
from dashboard.page_entry import LEARN, NETWORKS, TEAM, PageEntry

HOME = PageEntry("Home", "", ":material/home:", file="team/home/page.py")
TEAM_PAGES = (
    PageEntry(
        "Lessons",
        "lessons",
        ":material/school:",
        LEARN,
        file="team/lessons/page.py",
        invitation="guided paths, step by step",
        after="heat-maps",
    ),
    PageEntry(
        "Data sets", "datasets", ":material/photo_library:", NETWORKS, file="team/datasets/page.py", after="models"
    ),
    PageEntry("Training runs", "ladder", ":material/stairs:", NETWORKS, file="team/ladder/page.py", after="training"),
    PageEntry(
        "Films",
        "films",
        ":material/movie:",
        NETWORKS,
        file="team/films/page.py",
        invitation="a training, epoch by epoch",
        after="ladder",
    ),
    PageEntry(
        "Jobs", "jobs", ":material/checklist:", file="team/jobs/page.py", invitation="what runs, who asked, workers"
    ),
    PageEntry("Plans", "plans", ":material/checklist_rtl:", TEAM, file="team/plans/page.py"),
    PageEntry(
        "Gallery", "gallery", ":material/collections:", TEAM, file="team/gallery/page.py", invitation="pinned results"
    ),
    PageEntry("Side by side", "side-by-side", ":material/compare:", TEAM, file="team/side_by_side/page.py"),
    PageEntry("Storage", "storage", ":material/database:", TEAM, file="team/storage/page.py"),
    PageEntry("Links and tokens", "links", ":material/link:", TEAM, file="team/links/page.py"),
)


def _pages() -> list[PageEntry]:
    of_kind = {kind: find_in_room(kind, "PAGE") for kind in ANALYSES}
    shown = {kind: tuple(k for k, page in of_kind.items() if k == kind or page == kind) for kind in ANALYSES}
    pages = [HOME]
    for kind, page in of_kind.items():
        if isinstance(page, PageEntry):
            pages.append(replace(page, file=f"analyses/{kind}/page.py", kinds=shown[kind]))
    for page in TEAM_PAGES:
        before = [n for n, other in enumerate(pages) if page.after and other.path == page.after]
        pages.insert(before[0] + 1 if before else len(pages), page)
    return pages


PAGES = _pages()


def page_at(path: str) -> PageEntry:
    """The page of an address ("heat-maps")."""
    return next(page for page in PAGES if page.path == path)


def script(path: str) -> str:
    """The script of the page of an address, as st.switch_page() and st.page_link() take it."""
    return page_at(path).file


def page_of_run(key: str) -> PageEntry | None:
    """The page that shows a run, by the kind that its key begins with."""
    return page_of_kind(key.partition("-")[0])


def page_of_kind(kind: str) -> PageEntry | None:
    """The page that shows a kind's runs; None where there is none."""
    return next((page for page in PAGES if kind in page.kinds), None)
