"""Search over everything by name: `find` looks, `box` is the field that every page has and the route behind it."""
