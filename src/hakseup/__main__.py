"""`python -m hakseup` is `hakseup`."""

from __future__ import annotations

import sys

from hakseup.cli import main

if __name__ == "__main__":
    sys.exit(main())
