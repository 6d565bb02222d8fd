"""Runs asker.py, one crawl in its own process, since a reactor runs only once."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def crawl(job: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What came of `job`, with nothing of this process's proxy settings but `environment`."""
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", str(HERE / "asker.py")],
        input=json.dumps(job),
        env={**clean, **environment, "PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Traceback" not in done.stderr, done.stderr[-6000:]
    result: dict[str, Any] = json.loads(done.stdout)
    result["log"] = done.stderr
    for outcome in result["outcomes"]:
        for exchange in outcome["exchanges"]:
            for name, value in exchange.items():
                if isinstance(value, list):
                    exchange[name] = base64.b64decode(value[0])
    return result
