"""The room of `playground`: its page in the navigation."""

from dashboard.page_entry import PICTURE, PageEntry

PAGE = PageEntry("Playground", "playground", ":material/tune:", PICTURE, invitation="stages of your own")
