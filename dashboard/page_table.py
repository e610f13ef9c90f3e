"""The pages: an explicit list. A test compares the kinds they serve with SPEC_TYPES."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageEntry:
    """One page.

    Attributes:
        title: in the navigation and the browser's title.
        path: of its address; "" for the page one arrives on.
        file: its script in pages/.
        icon: Material symbol.
        kinds: job kinds whose runs it shows.
    """

    title: str
    path: str
    file: str
    icon: str
    kinds: tuple[str, ...] = ()


PAGES = [
    PageEntry("Home", "", "home.py", ":material/home:"),
    PageEntry("Models", "models", "models.py", ":material/schema:", ("inspect_model",)),
    PageEntry("Activations", "activations", "activations.py", ":material/blur_on:", ("activations",)),
    PageEntry("Layer atlas", "atlas", "layer_atlas.py", ":material/grid_view:", ("filter_atlas",)),
    PageEntry("Playground", "playground", "playground.py", ":material/tune:", ("playground",)),
    PageEntry("Jobs", "jobs", "jobs.py", ":material/checklist:"),
]


def page_of_run(key: str) -> PageEntry | None:
    """The page that shows a run, by the kind that its key begins with."""
    kind = key.partition("-")[0]
    return next((page for page in PAGES if kind in page.kinds), None)
