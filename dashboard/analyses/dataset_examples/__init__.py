"""The room of `dataset_examples`: its page in the navigation."""

from dashboard.page_entry import WANTED, PageEntry

PAGE = PageEntry(
    "Examples",
    "examples",
    ":material/collections:",
    WANTED,
    of_network="Pictures that excite it most",
    takes=("model", "dataset"),
)
