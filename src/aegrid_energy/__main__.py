"""`python -m aegrid_energy` is the command line."""

import sys

from aegrid_energy.commands import main

sys.exit(main())
