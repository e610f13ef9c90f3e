"""The room of `inspect_model`: its page in the navigation."""

from dashboard.page_entry import NETWORKS, PageEntry

PAGE = PageEntry(
    "Models", "models", ":material/schema:", NETWORKS, invitation="add yours, see its layers", of_network="Its layers"
)
