"""The room of `deep_dream`: its page in the navigation."""

from dashboard.page_entry import WANTED, PageEntry

PAGE = PageEntry("Deep Dream", "dream", ":material/bedtime:", WANTED)
