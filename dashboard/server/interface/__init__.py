"""What scripts and the package `convscope` ask over HTTP beside what `dashboard.server.api` has: one file a subject.

`description` says what can be asked, `additions` takes models, pictures and data sets, `following` is about runs as
they go on, `keeping` about what is kept of their results.
"""

from dashboard.server.api import API_ROUTES
from dashboard.server.interface.additions import ADDITION_ROUTES
from dashboard.server.interface.collections import COLLECTION_ROUTES
from dashboard.server.interface.description import described
from dashboard.server.interface.films import FILM_ROUTES
from dashboard.server.interface.following import FOLLOWING_ROUTES
from dashboard.server.interface.keeping import KEEPING_ROUTES
from dashboard.server.interface.metrics import METRIC_ROUTES

INTERFACE_ROUTES = described(
    [
        *API_ROUTES,
        *COLLECTION_ROUTES,
        *ADDITION_ROUTES,
        *FILM_ROUTES,
        *FOLLOWING_ROUTES,
        *KEEPING_ROUTES,
        *METRIC_ROUTES,
    ]
)

__all__ = ["INTERFACE_ROUTES"]
