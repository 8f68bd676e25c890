"""`python -m vql`: the command, where it is not on the path."""

import sys

from vql.shell.main import main

sys.exit(main())
