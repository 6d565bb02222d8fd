"""Words that are written to be run: they are kept as they are, and are inert wherever they are shown."""

import csv
import json
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, ended, interrupted, once
from hostile_press import HOST, SITE, TITLES, hostile_press
from selectolax.lexbor import LexborHTMLParser

from crawler.config_sections import RenderSettings
from crawler.render_chromium import find_chromium
from storage.opening import open_store

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
CSV_MARK = re.compile(r"^'(?='*[=+\-@\t\r])")


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    """An operator whose archive holds the hostile articles."""
    folder = tmp_path_factory.mktemp("hostile")
    with hostile_press(folder) as replica:
        made = Operator(folder / "desk", replica)
        assert made.crawl([SITE], *ALL_TIME).code in (0, 1)
        yield made


@pytest.fixture(scope="module")
def alarmed(operator):
    """One that met the hostile articles in a layout that nobody reads: its report shows an address of theirs."""
    control = operator.replica.control
    control.layout(HOST, "body")
    made = Operator(operator.folder.with_name("alarmed"), operator.replica)
    assert made.crawl([SITE], *ALL_TIME).code == 1
    control.reset_layouts()
    return made


@pytest.fixture(scope="module")
def titles(operator):
    """As they are in the archive, by id."""
    return {row["article_id"]: row["title"] for row in operator.ask("SELECT article_id, title FROM articles")}


def test_fault_38_titles_are_kept_as_they_are(titles):
    inert = {number for number in TITLES if number not in (111, 112)}  # marks of direction go, and spaces at the end
    assert {number: titles[number] for number in inert} == {number: TITLES[number] for number in inert}
    assert titles.keys() == TITLES.keys()


def test_fault_38_the_report_page_runs_nothing_in_a_real_browser(operator, alarmed, tmp_path):
    stores = [open_store(made.options()) for made in (operator, alarmed)]
    pages = [store.get(i.key) for store in stores for i in store.list("reports/") if i.key.endswith(".html")]
    assert len(pages) == 2
    assert any(b"script" in page.partition(b"<body>")[2].lower() for page in pages), "it shows a hostile address"
    for page in pages:
        (tmp_path / "report.html").write_bytes(page)
        dom = in_chromium(tmp_path / "report.html")
        assert not dom.css("script, img, svg, iframe, object, embed, form")
        assert "owned" not in dom.css_first("title").text()
        for element in dom.css("*"):
            assert not [name for name in element.attributes if name.startswith("on")]
            assert (element.attributes.get("href") or "https://").startswith("https://")


def in_chromium(path) -> LexborHTMLParser:
    """The document that the system's browser makes of a file, its scripts run."""
    chromium = find_chromium(RenderSettings())
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={path.parent / 'profile'}"]
    done = subprocess.run(
        [chromium, *arguments, "--dump-dom", path.as_uri()], capture_output=True, check=True, timeout=60
    )
    return LexborHTMLParser(done.stdout)


@pytest.mark.parametrize(
    "command",
    [["show", f"{SITE}/{number}"] for number in TITLES]
    + [["sql", "SELECT title, tags, body FROM articles"], ["runs"], ["coverage", "--since", "2026-03-01"]],
    ids=lambda command: " ".join(command[:2]),
)
def test_fault_38_a_terminal_gets_no_control_characters(operator, command):
    done = operator.run(*command)
    assert done.code == 0, done
    assert not CONTROL.search(done.out)
    assert not CONTROL.search(done.err)


def test_fault_38_json_is_one_object_a_line(operator, titles):
    done = operator.run("export", "--format", "jsonl", "-o", "-")
    assert {row["article_id"]: row["title"] for row in map(json.loads, done.out.splitlines())} == titles


@pytest.mark.parametrize("command", ["sql", "export"])
def test_fault_39_a_spreadsheet_runs_nothing_and_csv_gives_all_back(operator, titles, tmp_path, command):
    path = tmp_path / "articles.csv"
    ask = ["sql", "SELECT * FROM articles"] if command == "sql" else ["export"]
    assert operator.run(*ask, "--format", "csv", "-o", str(path)).code == 0
    csv.field_size_limit(1 << 20)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert sum(cell.startswith("'") for cell in cells) >= 5
    assert {int(row["article_id"]): CSV_MARK.sub("", row["title"]) for row in rows} == titles
    bodies = {row["article_id"]: row["body"] for row in operator.ask("SELECT article_id, body FROM articles")}
    assert {int(row["article_id"]): CSV_MARK.sub("", row["body"]) for row in rows} == bodies, "line breaks too"
    assert max(map(len, titles.values())) > 32_767, "longer than a cell may be: CSV has it whole"


INJECTED = (f"{SITE}' OR 1=1; DROP VIEW articles; --", "%", "\x1b[2J\\{0}")


@pytest.mark.parametrize("text", INJECTED, ids=range(len(INJECTED)))
def test_fault_41_arguments_are_values(operator, titles, text):
    for arguments in (
        ["export", "--format", "jsonl", "-o", "-", "--site", text],
        ["show", text],
        ["show", f"{SITE}/{text}"],
        ["show", f"https://{HOST}/read/101/{text}x", "--diff"],
        ["coverage", "--site", text],
    ):
        done = operator.run(*arguments)
        assert done.code in (0, 1, 2), (arguments, done)
        assert "Traceback" not in done.err
        assert "internal error" not in done.err
        if done.code == 0 and arguments[0] == "export":
            assert done.out == "", "no site is called that"
        assert not CONTROL.search(done.out + done.err)
    assert len(operator.ask("SELECT 1 FROM articles")) == len(titles)


CONDITIONS = (
    "1=1) UNION SELECT * FROM read_text('/etc/passwd') --",
    "true); DROP VIEW articles; --",
    "(SELECT count(*) FROM read_csv('/etc/passwd')) > 0",
    "getenv('HOME') <> ''",
    "body IN (SELECT content FROM glob('/*'))",
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=range(len(CONDITIONS)))
def test_fault_41_a_condition_reads_articles_and_nothing_else(operator, condition):
    done = operator.run("export", "--format", "jsonl", "-o", "-", "--where", condition)
    assert (done.code, done.out) == (2, ""), done
    assert done.err.startswith("disway: ")
    assert "root:" not in done.err


ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(1000000) b WHERE hash(a.range) = hash(b.range + 1)"
GREEDY = "SELECT list(a.range ORDER BY hash(a.range)) FROM range(400000000) a"


def test_fault_41_a_query_without_end_can_be_stopped(operator):
    process = operator.start("sql", ENDLESS)
    once(lambda: len(_threads(process.pid)) > 2, process)
    done = interrupted(process, signal.SIGINT)  # within the time that any command has in these tests
    assert done.code == 130, done
    assert "Traceback" not in done.err


def test_fault_41_a_greedy_query_is_refused_and_keeps_within_its_memory(operator):
    """With room to spill for a little only, as on a small disk."""
    code = (
        "import resource, sys; from cli.main import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28)); sys.exit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "sql", GREEDY],
        cwd=operator.folder,
        env=operator.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    done = ended(process)
    assert done.code == 2, done
    assert done.err.startswith("disway: SQL: "), done
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert peak < 2.5 * (1 << 30)


@pytest.mark.parametrize("pattern", ["'" + "%a" * 40 + "b'", "'" + "(a+)+$" + "'"], ids=["like", "regex"])
def test_fault_41_patterns_that_others_choke_on(operator, pattern):
    """DuckDB's are matched in linear time (RE2), or near it."""
    text = "repeat('a', 2000)"
    asked = f"{text} LIKE {pattern}" if "%" in pattern else f"regexp_matches({text} || '!', {pattern})"
    done = operator.run("sql", f"SELECT {asked} AS found", "--format", "csv")
    assert (done.code, done.out.split()) == (0, ["found", "false"]), done


def _threads(pid: int) -> list[str]:
    try:
        return [path.name for path in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
