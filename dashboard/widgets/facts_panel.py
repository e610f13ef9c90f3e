"""What is to be known of a picture, row by row, at its right.

Of its data only `title` is needed. There may be a `note`, a picture with `url` and `alt`, `facts` as names and values,
and addresses of the `channel` and of a `download`.
"""

from dashboard.widgets.browser_elements import browser_element

panel = browser_element("panel")
