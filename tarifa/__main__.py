"""`python -m tarifa`."""

from tarifa.cli import main

main()
