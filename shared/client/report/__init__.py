"""A result as one HTML file that needs no network and no program: pictures, curves, tables, and what made them.

    html = report_html(run, parts, names=Titles({"keras/vgg16/imagenet": "VGG16"}))

What a kind shows beside its pictures is in its room's files.py, how it looks in assets/, how it is put together in
page.py.
"""

from shared.client.report.page import report_html

__all__ = ["report_html"]
