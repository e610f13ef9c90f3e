"""The room of `activations`: its page in the navigation."""

from dashboard.page_entry import PICTURE, PageEntry

PAGE = PageEntry(
    "Activations",
    "activations",
    ":material/blur_on:",
    PICTURE,
    invitation="a picture through a network",
    of_network="Activations",
)
