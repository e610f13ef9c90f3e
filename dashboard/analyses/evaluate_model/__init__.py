"""The room of `evaluate_model`: its page in the navigation."""

from dashboard.page_entry import NETWORKS, PageEntry

PAGE = PageEntry(
    "Evaluation",
    "evaluation",
    ":material/fact_check:",
    NETWORKS,
    of_network="Evaluate on the test split",
    takes=("model", "dataset"),
)
