"""Open a model once, without a queue: what the command line does where no server runs.

    python -m worker.service.open_model REFERENCE

What is found is kept beside the model. Where it is refused, the reason is printed, and the exit status is 1.
"""

import sys

from shared.analyses import InspectModel
from shared.errors import ConvscopeError
from shared.library import Library
from shared.process_life import end_with_parent
from shared.settings import get_settings


def main(reference: str) -> int:
    """Run the analysis that a worker would run; returns the exit status."""
    end_with_parent()
    from worker.analyses.context import RunContext
    from worker.analyses.inspect_model import inspect_model
    from worker.networks.models import WarmModels

    library = Library(get_settings())
    try:
        for _ in inspect_model(InspectModel(model=reference), RunContext(WarmModels(library), library)):
            pass
    except ConvscopeError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
