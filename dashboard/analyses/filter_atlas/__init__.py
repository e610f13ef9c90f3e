"""The room of `filter_atlas`: its page in the navigation."""

from dashboard.page_entry import WANTED, PageEntry

PAGE = PageEntry(
    "Layer atlas",
    "atlas",
    ":material/grid_view:",
    WANTED,
    invitation="what excites each filter",
    of_network="Atlas of a layer",
)
