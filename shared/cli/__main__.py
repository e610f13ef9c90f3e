"""`python -m shared.cli`: the command where it is not installed."""

from shared.cli import main

main()
