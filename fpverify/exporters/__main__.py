"""python -m fpverify.exporters: what `make proofs` runs."""

import sys

from fpverify.exporters._formal import main

sys.exit(main())
