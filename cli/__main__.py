"""`python -m scrubjay.cli` runs the command."""

import sys

from . import main

sys.exit(main())
