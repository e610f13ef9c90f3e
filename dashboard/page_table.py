"""The pages: an explicit list. A test compares the kinds they serve with SPEC_TYPES."""

from dataclasses import dataclass

# What the pages are grouped under.
NETWORKS, PICTURE, WANTED, TEAM = "Networks and data", "A picture through it", "What it looks for", "Team"


@dataclass(frozen=True)
class PageEntry:
    """One page.

    Attributes:
        title: in the navigation and the browser's title.
        path: of its address; "" for the page one arrives on.
        file: its script, below the folder of the dashboard.
        icon: Material symbol.
        kinds: job kinds whose runs it shows.
        group: heading in the navigation; "" stands by itself.
    """

    title: str
    path: str
    file: str
    icon: str
    kinds: tuple[str, ...] = ()
    group: str = ""


PAGES = [
    PageEntry("Home", "", "team/home/page.py", ":material/home:"),
    PageEntry("Models", "models", "analyses/inspect_model/page.py", ":material/schema:", ("inspect_model",), NETWORKS),
    PageEntry("Data sets", "datasets", "team/datasets/page.py", ":material/photo_library:", (), NETWORKS),
    PageEntry(
        "Augmentation",
        "augmentation",
        "analyses/augmentation_preview/page.py",
        ":material/animation:",
        ("augmentation_preview",),
        NETWORKS,
    ),
    PageEntry(
        "Training",
        "training",
        "analyses/training_run/page.py",
        ":material/model_training:",
        ("training_run",),
        NETWORKS,
    ),
    PageEntry("Training runs", "ladder", "team/ladder/page.py", ":material/stairs:", (), NETWORKS),
    PageEntry(
        "Evaluation",
        "evaluation",
        "analyses/evaluate_model/page.py",
        ":material/fact_check:",
        ("evaluate_model",),
        NETWORKS,
    ),
    PageEntry(
        "Compare", "compare", "analyses/compare_models/page.py", ":material/compare:", ("compare_models",), NETWORKS
    ),
    PageEntry(
        "Activations", "activations", "analyses/activations/page.py", ":material/blur_on:", ("activations",), PICTURE
    ),
    PageEntry(
        "Heat maps",
        "heat-maps",
        "analyses/attribution/page.py",
        ":material/local_fire_department:",
        ("attribution", "sanity_check"),
        PICTURE,
    ),
    PageEntry("Playground", "playground", "analyses/playground/page.py", ":material/tune:", ("playground",), PICTURE),
    PageEntry(
        "Layer atlas", "atlas", "analyses/filter_atlas/page.py", ":material/grid_view:", ("filter_atlas",), WANTED
    ),
    PageEntry(
        "Channel", "channel", "analyses/channel_portrait/page.py", ":material/portrait:", ("channel_portrait",), WANTED
    ),
    PageEntry(
        "Examples",
        "examples",
        "analyses/dataset_examples/page.py",
        ":material/collections:",
        ("dataset_examples",),
        WANTED,
    ),
    PageEntry(
        "Filter twins", "twins", "analyses/filter_twins/page.py", ":material/rotate_right:", ("filter_twins",), WANTED
    ),
    PageEntry(
        "Class images",
        "class-images",
        "analyses/class_maximization/page.py",
        ":material/category:",
        ("class_maximization",),
        WANTED,
    ),
    PageEntry("Deep Dream", "dream", "analyses/deep_dream/page.py", ":material/bedtime:", ("deep_dream",), WANTED),
    PageEntry("Jobs", "jobs", "team/jobs/page.py", ":material/checklist:"),
    PageEntry("Plans", "plans", "team/plans/page.py", ":material/checklist_rtl:", (), TEAM),
    PageEntry("Gallery", "gallery", "team/gallery/page.py", ":material/collections:", (), TEAM),
    PageEntry("Side by side", "side-by-side", "team/side_by_side/page.py", ":material/compare:", (), TEAM),
    PageEntry("Storage", "storage", "team/storage/page.py", ":material/database:", (), TEAM),
    PageEntry("Links and tokens", "links", "team/links/page.py", ":material/link:", (), TEAM),
]


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
