"""The room of `filter_twins`: its page in the navigation."""

from dashboard.page_entry import WANTED, PageEntry

PAGE = PageEntry("Filter twins", "twins", ":material/rotate_right:", WANTED)
