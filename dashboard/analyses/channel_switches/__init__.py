"""The room of `channel_switches`: its page in the navigation."""

from dashboard.page_entry import PICTURE, PageEntry

PAGE = PageEntry("Channel switches", "switches", ":material/toggle_on:", PICTURE)
