"""`python -m lineproof` is the command `lineproof`."""

from lineproof.cli.main import main

main()
