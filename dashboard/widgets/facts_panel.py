"""What is to be known of a picture, row by row, at its right."""

from dashboard.widgets.browser_elements import browser_element

panel = browser_element("tile_panel")


def facts_panel(key: str, title: str, note: str, facts: list[list[str]]) -> None:
    """A title, a sentence, and names with values; no picture."""
    panel(key=key, data={"title": title, "note": note, "facts": facts})
