"""README.md, CHANGELOG.md, docs/architecture.md and docs/decisions/ are true, as far as a program can tell."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from cli.errors import ExitCode
from cli.main import app, run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "docs" / "architecture.md", *DECISIONS]
VERBS = sorted(get_command(app).commands)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
FOLDERS = "access|cli|crawler|docs|news|pages|replica|requirements|spiders|storage|tests"


def package(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement)[0]


def paths(text: str) -> set[str]:
    """What a page names as files and folders of the project."""
    return set(re.findall(rf"`((?:{FOLDERS})/[\w./*-]*)`", text))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_in_the_readme(verb):
    assert f"disway {verb}" in README


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb, capsys):
    assert run([verb, "--help"]) == 0
    assert f"Example: disway {verb}" in " ".join(capsys.readouterr().out.split())


def test_every_verb_that_the_readme_names_exists():
    named = set(re.findall(r"(?:^    (?:\$ )?|`)(?:\.venv/bin/)?disway ([a-z]+)", README, re.MULTILINE))
    assert named <= set(VERBS)


def test_the_readme_has_the_exit_codes_and_no_others():
    rows = re.findall(r"^\| (\d+) \| ", README.split("| exit code | meaning |")[1].split("\n\n")[0], re.MULTILINE)
    assert [int(code) for code in rows] == [code.value for code in ExitCode]


def test_every_make_target_that_a_person_needs_is_in_the_readme():
    named = set(re.findall(r"make ([a-z]+)", README)) & TARGETS
    assert named == TARGETS - {"clean"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page):
    assert not [path for path in paths(page.read_text("utf-8")) if not list(ROOT.glob(path))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    headings = {h.lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif not target.startswith("https://"):
            assert (page.parent / target).exists(), target


def test_decisions_are_numbered_without_a_gap():
    assert [page.name[:5] for page in DECISIONS] == [f"{number:04d}-" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_has_context_choice_and_cost(page):
    assert re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE) == ["Context", "Choice", "Cost"]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_is_a_page(page):
    assert len(page.read_text("utf-8").splitlines()) <= 65


def test_every_dependency_has_a_reason():
    requirements = PROJECT["dependencies"] + [r for some in PROJECT["optional-dependencies"].values() for r in some]
    named = set(re.findall(r"`([\w.-]+)`", DECISIONS[0].read_text("utf-8")))
    assert {package(r) for r in requirements} - {PROJECT["name"]} <= named


def test_every_package_with_a_reason_is_a_dependency():
    table = re.findall(r"^\| `([\w.-]+)` \|", DECISIONS[0].read_text("utf-8"), re.MULTILINE)
    required = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["demo"]
    assert sorted(table) == sorted(package(r) for r in required)


def test_every_folder_of_the_program_is_in_the_readme():
    for folder in PYPROJECT["tool"]["setuptools"]["packages"]:
        assert f"| `{folder}/` |" in README


def test_the_changelog_says_what_is_new_for_users_and_for_rows():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = text.split("## [")[1]
    assert newest.startswith("Unreleased]")
    assert {"### Added", "### Data"} <= set(re.findall(r"^### .+$", newest, re.MULTILINE))
    assert not [verb for verb in VERBS if not re.search(rf"`(?:disway )?{verb}\b", text)]
