"""Lessons: guided paths, step by step, with a live result in each step.

A lesson is a Markdown file beside the page, in the order of LESSONS in `catalogue`; `lesson` reads it. `steps` draws a
step, `blocks` what it shows, `way_back` the link from any page to the step that led there. `collection` makes a lesson
of what people here put together, `collection_editor` is where they do it. The small pictures of `pictures/` are made by
docs/lessons/make.py.
"""
