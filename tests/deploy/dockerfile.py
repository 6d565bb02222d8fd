"""The Dockerfile as a list of instructions, and its first stage as a shell script that needs no Docker.

python tests/deploy/dockerfile.py /tmp/scratch | sh -e
"""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
FOLDERS = ("/opt/disway", "/build", "/dist", "/src")
"""Absolute folders that the first stage uses."""


class Instruction(NamedTuple):
    """One instruction, its continued lines joined."""

    word: str
    text: str


def instructions() -> list[Instruction]:
    """All of them, in order."""
    lines = [line for line in DOCKERFILE.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [Instruction(word, text) for word, text in found]


def stages() -> list[list[Instruction]]:
    """The instructions of each stage, FROM first."""
    found: list[list[Instruction]] = []
    for instruction in instructions():
        if instruction.word == "FROM":
            found.append([])
        if found:
            found[-1].append(instruction)
    return found


def script(scratch: Path) -> Iterator[str]:
    """The first stage, with its folders below `scratch`."""

    def moved(text: str) -> str:
        return re.sub(r"(?<![\w.])(" + "|".join(FOLDERS) + r")(?=[/\s]|$)", lambda found: f"{scratch}{found[0]}", text)

    yield f"mkdir -p {scratch}/opt"
    for word, text in stages()[0]:
        if word == "WORKDIR":
            yield f"mkdir -p {moved(text)} && cd {moved(text)}"
        elif word == "COPY":
            *sources, target = shlex.split(text)
            for source in sources:
                to = target.rstrip("/") if (ROOT / source).is_dir() else f"{target}/"
                yield f"mkdir -p {to if to.endswith('/') else '.'} && cp -R {ROOT / source} {to}"
        elif word == "RUN":
            yield moved(text)


if __name__ == "__main__":
    sys.stdout.write("\n".join(script(Path(sys.argv[1]).absolute())) + "\n")
