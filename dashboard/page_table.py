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
        file: its script in pages/.
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
    PageEntry("Home", "", "home.py", ":material/home:"),
    PageEntry("Models", "models", "models.py", ":material/schema:", ("inspect_model",), NETWORKS),
    PageEntry("Data sets", "datasets", "datasets.py", ":material/photo_library:", (), NETWORKS),
    PageEntry("Augmentation", "augmentation", "augmentation.py", ":material/animation:", ("augmentation_preview",),
              NETWORKS),
    PageEntry("Training", "training", "training.py", ":material/model_training:", ("training_run",), NETWORKS),
    PageEntry("Training runs", "ladder", "ladder.py", ":material/stairs:", (), NETWORKS),
    PageEntry("Evaluation", "evaluation", "evaluation.py", ":material/fact_check:", ("evaluate_model",), NETWORKS),
    PageEntry("Compare", "compare", "compare.py", ":material/compare:", ("compare_models",), NETWORKS),
    PageEntry("Activations", "activations", "activations.py", ":material/blur_on:", ("activations",), PICTURE),
    PageEntry("Heat maps", "heat-maps", "heat_maps.py", ":material/local_fire_department:",
              ("attribution", "sanity_check"), PICTURE),
    PageEntry("Playground", "playground", "playground.py", ":material/tune:", ("playground",), PICTURE),
    PageEntry("Layer atlas", "atlas", "layer_atlas.py", ":material/grid_view:", ("filter_atlas",), WANTED),
    PageEntry("Channel", "channel", "channel.py", ":material/portrait:", ("channel_portrait",), WANTED),
    PageEntry("Examples", "examples", "examples.py", ":material/collections:", ("dataset_examples",), WANTED),
    PageEntry("Filter twins", "twins", "filter_twins.py", ":material/rotate_right:", ("filter_twins",), WANTED),
    PageEntry("Class images", "class-images", "class_images.py", ":material/category:", ("class_maximization",),
              WANTED),
    PageEntry("Deep Dream", "dream", "deep_dream.py", ":material/bedtime:", ("deep_dream",), WANTED),
    PageEntry("Jobs", "jobs", "jobs.py", ":material/checklist:"),
    PageEntry("Plans", "plans", "plans.py", ":material/checklist_rtl:", (), TEAM),
    PageEntry("Gallery", "gallery", "gallery.py", ":material/collections:", (), TEAM),
    PageEntry("Side by side", "side-by-side", "side_by_side.py", ":material/compare:", (), TEAM),
    PageEntry("Storage", "storage", "storage.py", ":material/database:", (), TEAM),
    PageEntry("Links and tokens", "links", "links.py", ":material/link:", (), TEAM),
]  # fmt: skip


def page_of_run(key: str) -> PageEntry | None:
    """The page that shows a run, by the kind that its key begins with."""
    return page_of_kind(key.partition("-")[0])


def page_of_kind(kind: str) -> PageEntry | None:
    """The page that shows a kind's runs; None where there is none."""
    return next((page for page in PAGES if kind in page.kinds), None)
