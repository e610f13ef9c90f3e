"""A network's own microscope as a folder of plain pages, that any web host serves and that opens from a disk.

`everything` says what to compute for it, `material` finds what is there by now, `pages` writes it.
"""

from shared.client.site.everything import everything_about
from shared.client.site.material import Published, published
from shared.client.site.pages import SiteOptions, estimated_bytes, write_site

__all__ = ["Published", "SiteOptions", "estimated_bytes", "everything_about", "published", "write_site"]
