"""What these tests share with those of custody: rows, and whole contents of tables and indexes."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.append(str(Path(__file__).parents[1] / "custody"))

settings.register_profile("maintain", deadline=None)
settings.load_profile("maintain")
