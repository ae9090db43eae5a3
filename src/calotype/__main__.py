"""`python -m calotype`: the command, with this very interpreter."""

from calotype.cli import main

main()
