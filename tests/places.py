"""Where the checkout lies, and the geometry beside it that only some machines have."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Free geometry that tests may read where it is there.
SHARED = ROOT.parent / "shared" / "data"
