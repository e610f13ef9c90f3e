"""The room of `playground`: its page in the navigation."""

from dashboard.page_entry import LEARN, PageEntry

PAGE = PageEntry("Playground", "playground", ":material/tune:", LEARN, invitation="stages of your own")
