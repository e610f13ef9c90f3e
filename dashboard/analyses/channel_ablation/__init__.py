"""The room of `channel_ablation`: its page in the navigation."""

from dashboard.page_entry import PICTURE, PageEntry

PAGE = PageEntry(
    "Ablation",
    "ablation",
    ":material/power_settings_new:",
    PICTURE,
    of_network="Which channels it rests on",
    takes=("model", "dataset"),
)
