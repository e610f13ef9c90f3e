"""The room of `augmentation_preview`: its page in the navigation."""

from dashboard.page_entry import NETWORKS, PageEntry

PAGE = PageEntry("Augmentation", "augmentation", ":material/animation:", NETWORKS)
