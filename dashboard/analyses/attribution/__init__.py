"""The room of `attribution`: its page in the navigation."""

from dashboard.page_entry import PICTURE, PageEntry

PAGE = PageEntry(
    "Heat maps",
    "heat-maps",
    ":material/local_fire_department:",
    PICTURE,
    invitation="why this class, and where",
    of_network="Heat map of the sample cat",
    takes=("model", "image"),
)
