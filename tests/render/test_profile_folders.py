"""The folders of browsers that start at once, in several crawls that share a spool."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CRAWLS, TIMES = 4, 100
PROGRAM = f"""
import sys
from pathlib import Path
from crawler.render_processes import ProfileFolder
for _ in range({TIMES}):
    folder = ProfileFolder(Path(sys.argv[1]))
    assert folder.path.is_dir(), "somebody took it away"
    folder.remove()
"""


def test_nobody_takes_the_folder_of_another(tmp_path: Path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    crawls = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(CRAWLS)]
    assert [(crawl.communicate()[1], crawl.returncode) for crawl in crawls] == [("", 0)] * CRAWLS
    assert list(tmp_path.iterdir()) == []
