"""The room of `compare_models`: its page in the navigation."""

from dashboard.page_entry import NETWORKS, PageEntry

PAGE = PageEntry(
    "Compare",
    "compare",
    ":material/difference:",
    NETWORKS,
    of_network="Compare with another network",
    takes=("model", "other"),
)
