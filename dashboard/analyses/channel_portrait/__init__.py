"""The room of `channel_portrait`: its page in the navigation."""

from dashboard.page_entry import WANTED, PageEntry

PAGE = PageEntry("Channel", "channel", ":material/portrait:", WANTED)
