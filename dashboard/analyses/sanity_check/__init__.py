"""The room of `sanity_check`, which has no page of its own: the kind whose page shows it."""

PAGE = "attribution"
