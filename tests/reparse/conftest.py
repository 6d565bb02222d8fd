"""What these tests share with those of custody: spools without a crawl."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.append(str(Path(__file__).parents[1] / "custody"))

settings.register_profile("reparse", deadline=None)
settings.load_profile("reparse")
