"""The image has all that the program needs, as far as can be told without a Docker engine."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from dockerfile import DOCKERFILE, ROOT, instructions, script, stages

from crawler.config import load_config

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
IGNORED = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
RUNTIME, DEV = ((ROOT / "requirements" / f"{name}.lock").read_text("utf-8") for name in ("runtime", "dev"))


def pinned(lock: str) -> dict[str, str]:
    """Versions by package."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


def test_every_package_is_copied():
    copied = {source for i in stages()[0] if i.word == "COPY" for source in i.text.split()[:-1]}
    assert {package.partition(".")[0] for package in PYPROJECT["tool"]["setuptools"]["packages"]} <= copied
    assert {"pyproject.toml", PYPROJECT["project"]["readme"]} <= copied
    assert all((ROOT / source).exists() for source in copied)
    assert copied == {line.removeprefix("!") for line in IGNORED if line.startswith("!")}, "what is copied is sent"


def test_the_lock_of_the_image_is_that_of_the_tests_without_the_tools():
    runtime, dev = pinned(RUNTIME), pinned(DEV)
    assert runtime.items() <= dev.items()
    assert {normal(requirement) for requirement in PYPROJECT["project"]["dependencies"]} <= runtime.keys()
    tools = {normal(r) for r in PYPROJECT["project"]["optional-dependencies"]["dev"] if "[" not in r}
    assert tools & runtime.keys() <= {"pyyaml"}, "some library needs it too"
    assert "pytest" not in runtime


@pytest.mark.parametrize("lock", [RUNTIME, DEV], ids=["runtime", "dev"])
def test_every_package_has_a_hash_and_no_place(lock):
    entries = re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock


def test_it_runs_as_nobody_in_particular():
    words = {i.word: i.text for i in stages()[1]}
    assert words["USER"] == "10001:10001"
    assert words["STOPSIGNAL"] == "SIGTERM"
    assert words["ENTRYPOINT"] == '["disway"]'
    assert words["CMD"] == '["serve"]'
    assert "/healthz" in words["HEALTHCHECK"]
    assert "://" not in DOCKERFILE.read_text("utf-8").replace("http://127.0.0.1", "")
    assert not [i for i in instructions() if i.word == "ADD"]


def test_its_variables_are_keys():
    (env,) = (i.text for i in stages()[1] if i.word == "ENV")
    variables = dict(re.findall(r"(\w+)=(\S+)", env))
    config = load_config(None, environ={k: v for k, v in variables.items() if k.startswith("DISWAY_")})
    volume = next(i.text for i in stages()[1] if i.word == "VOLUME")
    assert str(config.spool.dir) == volume
    assert str(config.service.port) == next(i.text for i in stages()[1] if i.word == "EXPOSE")


def test_the_first_stage_is_a_script(tmp_path):
    text = "\n".join(script(tmp_path))
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)
    outside = re.findall(r"(?<![\w.-])/(?:opt|build|dist|src)\b\S*", text.replace(str(tmp_path), ""))
    assert not [path for path in outside if f"{tmp_path}{path}" not in text]


def test_the_wheel_holds_every_module_and_the_files_beside_them(tmp_path):
    """Made as in the image, without a network."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    source = tmp_path / "src"
    for step in list(script(tmp_path))[1:]:
        if step.startswith("mkdir"):
            subprocess.run(["sh", "-ec", step], cwd=source if source.exists() else tmp_path, check=True)
    subprocess.run([*command, "--wheel-dir", tmp_path / "dist", "."], cwd=source, check=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    packages = {package.partition(".")[0] for package in PYPROJECT["tool"]["setuptools"]["packages"]}
    there = {path.relative_to(source) for package in packages for path in (source / package).rglob("*")}
    wanted = {str(p) for p in there if (source / p).is_file() and "__pycache__" not in p.parts}
    assert wanted <= held, f"package-data lacks {sorted(wanted - held)[:5]}"
    assert not [name for name in held if name.startswith(("tests/", "benchmarks/"))]


def test_the_scratch_script_can_be_printed():
    printed = subprocess.run(
        [sys.executable, Path(__file__).with_name("dockerfile.py"), "/tmp/scratch"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "/tmp/scratch/opt/disway" in printed
