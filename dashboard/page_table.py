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
    PageEntry("Home", "", "pages/home.py", ":material/home:"),
    PageEntry("Models", "models", "pages/models.py", ":material/schema:", ("inspect_model",), NETWORKS),
    PageEntry("Data sets", "datasets", "pages/datasets.py", ":material/photo_library:", (), NETWORKS),
    PageEntry(
        "Augmentation",
        "augmentation",
        "pages/augmentation.py",
        ":material/animation:",
        ("augmentation_preview",),
        NETWORKS,
    ),
    PageEntry("Training", "training", "pages/training.py", ":material/model_training:", ("training_run",), NETWORKS),
    PageEntry("Training runs", "ladder", "pages/ladder.py", ":material/stairs:", (), NETWORKS),
    PageEntry(
        "Evaluation", "evaluation", "pages/evaluation.py", ":material/fact_check:", ("evaluate_model",), NETWORKS
    ),
    PageEntry("Compare", "compare", "pages/compare.py", ":material/compare:", ("compare_models",), NETWORKS),
    PageEntry("Activations", "activations", "pages/activations.py", ":material/blur_on:", ("activations",), PICTURE),
    PageEntry(
        "Heat maps",
        "heat-maps",
        "pages/heat_maps.py",
        ":material/local_fire_department:",
        ("attribution", "sanity_check"),
        PICTURE,
    ),
    PageEntry("Playground", "playground", "pages/playground.py", ":material/tune:", ("playground",), PICTURE),
    PageEntry("Layer atlas", "atlas", "pages/layer_atlas.py", ":material/grid_view:", ("filter_atlas",), WANTED),
    PageEntry("Channel", "channel", "pages/channel.py", ":material/portrait:", ("channel_portrait",), WANTED),
    PageEntry("Examples", "examples", "pages/examples.py", ":material/collections:", ("dataset_examples",), WANTED),
    PageEntry("Filter twins", "twins", "pages/filter_twins.py", ":material/rotate_right:", ("filter_twins",), WANTED),
    PageEntry(
        "Class images", "class-images", "pages/class_images.py", ":material/category:", ("class_maximization",), WANTED
    ),
    PageEntry("Deep Dream", "dream", "pages/deep_dream.py", ":material/bedtime:", ("deep_dream",), WANTED),
    PageEntry("Jobs", "jobs", "pages/jobs.py", ":material/checklist:"),
    PageEntry("Plans", "plans", "pages/plans.py", ":material/checklist_rtl:", (), TEAM),
    PageEntry("Gallery", "gallery", "pages/gallery.py", ":material/collections:", (), TEAM),
    PageEntry("Side by side", "side-by-side", "pages/side_by_side.py", ":material/compare:", (), TEAM),
    PageEntry("Storage", "storage", "pages/storage.py", ":material/database:", (), TEAM),
    PageEntry("Links and tokens", "links", "pages/links.py", ":material/link:", (), TEAM),
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
