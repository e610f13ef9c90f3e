"""Data sets: what is kept of one, how it is checked, how it is split, and those that come with libraries."""
