"""The room of `class_maximization`: its page in the navigation."""

from dashboard.page_entry import WANTED, PageEntry

PAGE = PageEntry("Class images", "class-images", ":material/category:", WANTED)
