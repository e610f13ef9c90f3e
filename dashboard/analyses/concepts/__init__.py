"""The room of `concepts`: its page in the navigation."""

from dashboard.page_entry import PICTURE, PageEntry

PAGE = PageEntry(
    "Concepts",
    "concepts",
    ":material/category:",
    PICTURE,
    of_network="What a class is made of, and shortcuts",
    takes=("model", "dataset"),
)
