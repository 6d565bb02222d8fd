"""The verbs that read, as a shell meets them: what is printed where, and with which exit code."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from access_archive import Segment, at, page
from fixtures.loopback import Recorder

from cli.main import run
from news.counters import Counter

ROOT = Path(__file__).parents[2]


@pytest.fixture
def disway(monkeypatch, tmp_path, capfdbinary):
    """Runs a command line in this process, in an empty folder; gives exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("DISWAY_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)

    def call(*arguments: str) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        code = run(list(arguments))
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


@pytest.fixture
def uri(local_options):
    segment = Segment(local_options)
    url = "https://radartegal.disway.id/lokal/read/1/judul"
    parts = [
        segment.record(url, page("Judul 1", "a"), encoding="gzip"),
        segment.record(f"{url}/15", page("Judul 1", "b")),
    ]
    first = segment.article(1, hours=1, pointers=parts)
    segment.article(2, hours=2)
    segment.article(3, hours=3, site="sumeks")
    segment.event("radartegal/9", "refused", 1, reason="not_found", attempt=1)
    for n in range(25):
        counts = [
            {"site": "radartegal", "counter": Counter.FETCHED, "count": n},
            {"site": None, "counter": "x", "count": 1},
        ]
        segment.add(
            "runs",
            run_id=f"run-{n:02}",
            command="crawl",
            started_at=at(n),
            finished_at=at(n + 0.5),
            outcome="ok",
            sites=[],
            degraded_sites=["sumeks"],
            counts=counts,
            undelivered=0,
        )
    segment.commit()
    later = Segment(local_options)
    later.article(1, hours=9, title="Judul baru", supersedes=first["row_id"])
    later.commit()
    return str(local_options.root)


def test_sql_prints_a_table(disway, uri):
    code, out, err = disway("sql", "SELECT article_key, version FROM articles ORDER BY 1", "--archive", uri)
    assert code == 0
    assert out.splitlines()[2:] == ["radartegal/1        2", "radartegal/2        1", "sumeks/3            1"]
    assert err == "(3 rows)\n"


def test_sql_in_each_format(disway, uri, tmp_path):
    query = "SELECT article_key, published_at FROM articles ORDER BY 1"
    wanted = ["radartegal/1", "radartegal/2", "sumeks/3"]
    _, out, err = disway("sql", query, "--archive", uri, "--format", "json")
    assert [row["article_key"] for row in json.loads(out)] == wanted
    assert json.loads(out)[0]["published_at"] == "2026-03-05T08:00:00+00:00"
    assert err == ""
    _, out, _ = disway("sql", query, "--archive", uri, "--format", "csv")
    assert [row["article_key"] for row in csv.DictReader(io.StringIO(out))] == wanted
    _, out, _ = disway("sql", query, "--archive", uri, "--format", "parquet", "-o", "found.parquet", "--json")
    assert json.loads(out) == {"rows": 3, "format": "parquet", "output": "found.parquet"}
    assert pq.read_table(tmp_path / "found.parquet")["article_key"].to_pylist() == wanted
    _, out, _ = disway("sql", query, "--archive", uri, "--json")
    assert json.loads(out.splitlines()[-1])["row_count"] == 3


def test_export_and_its_limits(disway, uri, tmp_path):
    code, out, err = disway("export", "--format", "jsonl", "-o", "a.jsonl", "--site", "radartegal", "--archive", uri)
    assert (code, out, err) == (0, "", "2 articles written\n")
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert {row["title"] for row in rows} == {"Judul baru", "Judul 2"}
    code, out, _ = disway(
        "export",
        "--format",
        "csv",
        "-o",
        "-",
        "--since",
        "2026-03-05T08:30",
        "--where",
        "word_count > 0",
        "--archive",
        uri,
    )
    assert {row["article_key"] for row in csv.DictReader(io.StringIO(out))} == {"radartegal/1", "sumeks/3"}
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == ["a.jsonl"]


def test_an_export_that_fails_leaves_the_old_file(disway, uri, tmp_path):
    (tmp_path / "a.csv").write_text("old")
    code, _, _ = disway("export", "--format", "csv", "-o", "a.csv", "--where", "error('no')", "--archive", uri)
    assert code == 2
    assert (tmp_path / "a.csv").read_text() == "old"
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]


def test_show_in_all_forms(disway, uri):
    code, out, _ = disway("show", "radartegal/1", "--archive", uri)
    assert code == 0
    assert out.startswith("Judul baru\nReporter: Sari · Editor: Budi\n")
    assert "radartegal/1, version 2, live" in out
    amp = "https://radartegal.disway.id/amp/2/x/16?utm_source=y"
    assert disway("show", amp, "--text", "--archive", uri)[1] == "Paragraf pertama 2.\nParagraf kedua.\n"
    assert json.loads(disway("show", "radartegal/1", "--json", "--archive", uri)[1])["version"] == 2
    _, out, _ = disway("show", "radartegal/1", "--versions", "--json", "--archive", uri)
    assert [v["title"] for v in json.loads(out)["versions"]] == ["Judul 1", "Judul baru"]
    _, out, _ = disway("show", "radartegal/1", "--versions", "--archive", uri)
    assert len(out.splitlines()) == 4
    assert disway("show", "radartegal/2", "--raw", "--archive", uri)[1].startswith("<html><h1>Judul 2")


def test_runs_says_what_it_leaves_out(disway, uri):
    code, out, err = disway("runs", "--archive", uri)
    assert code == 0
    assert len(out.splitlines()) == 22
    assert out.splitlines()[2].split()[:4] == ["run-24", "crawl", "0:30:00", "ok"]
    assert "20 newest of 25 runs" in err
    listed = json.loads(disway("runs", "--limit", "0", "--json", "--archive", uri)[1])
    assert len(listed["runs"]) == listed["total"] == 25
    assert listed["runs"][0]["counts"][0]["count"] == 24


def test_sites(disway, tmp_path):
    assert disway("sites", "--check")[0] == 0
    listed = json.loads(disway("sites", "--json")[1])
    assert sum(listed["by_status"].values()) == len(listed["sites"])
    assert listed["sites"][0]["status"] == "active"
    code, out, _ = disway("sites")
    assert len(out.splitlines()) == len(listed["sites"]) + 2
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "baru.toml").write_text('id = "baru"\nname = "Baru"\nhost = "baru.disway.id"\ntimezon = "x"\n')
    (tmp_path / "disway.toml").write_text('[sites]\ndir = "more"\n')
    code, out, err = disway("sites", "--check")
    assert (code, out) == (2, "")
    assert "baru.toml" in err
    assert "timezon" in err


MISTAKES = [
    ((), "disway --help"),
    (("nonsense",), "nonsense"),
    (("sql",), "QUERY"),
    (("sql", "SELECT 1", "--format", "xml"), "xml"),
    (("sql", "SELECT 1", "--nonsense"), "nonsense"),
    (("sql", "SELEC 1", "--archive", "{uri}"), "syntax error"),
    (("sql", "SELECT nothing FROM articles", "--archive", "{uri}"), "nothing"),
    (("sql", "DROP VIEW articles", "--archive", "{uri}"), "read-only"),
    (("sql", "SELECT 1", "--archive", "{uri}/absent"), "disway crawl"),
    (("sql", "SELECT 1", "--archive", "ftp://x/y"), "ftp"),
    (("sql", "SELECT 1", "--archive", "s3://b"), "b"),
    (("sql", "SELECT 1", "--archive", "{uri}", "--config", "absent.toml"), "absent.toml"),
    (("sql", "SELECT 1", "--archive", "{uri}", "--json", "--format", "csv"), "-o PATH"),
    (("sql", "SELECT 1", "--archive", "{uri}", "-o", "x"), "--format"),
    (("sql", "SELECT 1", "--archive", "{uri}", "--format", "csv", "-o", "absent/x"), "absent/x"),
    (("export", "--format", "jsonl"), "-o"),
    (("export", "--format", "wacz", "-o", "x", "--archive", "{uri}"), "wacz"),
    (("export", "--format", "csv", "-o", "x", "--site", "absent", "--archive", "{uri}"), "disway sites"),
    (("export", "--format", "csv", "-o", "x", "--since", "yesterday", "--archive", "{uri}"), "--since"),
    (("export", "--format", "csv", "-o", "x", "--since", "1d", "--until", "2d", "--archive", "{uri}"), "not before"),
    (("export", "--format", "csv", "-o", "x", "--where", "1 = 1) OR (2 = 2", "--archive", "{uri}"), "--where"),
    (("export", "--format", "csv", "-o", "-", "--json", "--archive", "{uri}"), "-o -"),
    (("show", "radartegal/9", "--archive", "{uri}"), "refused (not_found)"),
    (("show", "radartegal/77", "--archive", "{uri}"), "radartegal/77"),
    (("show", "https://example.org/x", "--archive", "{uri}"), "disway sites"),
    (("show", "radartegal/1", "--raw", "--text", "--archive", "{uri}"), "--raw and --text"),
    (("show", "radartegal/1", "--part", "2", "--archive", "{uri}"), "--raw"),
    (("show", "radartegal/1", "--raw", "--part", "0", "--archive", "{uri}"), "--part"),
    (("runs", "--limit", "-1", "--archive", "{uri}"), "--limit"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistakes_end_with_2_and_say_what_to_do(disway, uri, arguments, said):
    code, out, err = disway(*(argument.format(uri=uri) for argument in arguments))
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_damage_ends_with_1(disway, uri):
    for path in Path(uri).glob("warc/**/*.gz"):
        path.unlink()
    code, _, err = disway("show", "radartegal/1", "--raw", "--archive", uri)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "disway verify" in err


def test_a_store_that_is_down_ends_with_3(disway, monkeypatch, unused_port):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{unused_port}")
    code, _, err = disway("runs", "--archive", "s3://somewhere/x")
    assert code == 3
    assert len(err.splitlines()) == 1


def test_an_error_of_ours_ends_with_70_and_a_traceback_on_request_only(disway, uri, monkeypatch):
    monkeypatch.setattr("cli.querying.write_table", lambda *_: 1 / 0)
    code, _, err = disway("sql", "SELECT 1", "--archive", uri)
    assert code == 70
    assert len(err.splitlines()) == 1
    for how in ("--debug", "DISWAY_DEBUG"):
        if how == "DISWAY_DEBUG":
            monkeypatch.setenv(how, "1")
        code, _, err = disway("sql", "SELECT 1", "--archive", uri, *([how] if how == "--debug" else []))
        assert code == 70
        assert "Traceback" in err


def test_an_interrupt_ends_with_130(disway, uri, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.querying.write_table", interrupt)
    assert disway("sql", "SELECT 1", "--archive", uri)[0] == 130


@pytest.mark.parametrize("verb", ["sql", "show", "export", "coverage", "runs", "sites"])
def test_each_verb_has_help_with_an_example_and_the_common_options(disway, verb):
    code, out, _ = disway(verb, "--help")
    assert code == 0
    assert f"Example: disway {verb}" in " ".join(out.split())
    for option in ("--config", "--archive", "--json"):
        assert option in out


def command(*arguments, **given):
    program = "import sys; from cli.main import main; main()"
    return subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=ROOT, stdout=-1, stderr=-1, **given)


def test_a_reader_that_stops_early_is_no_error(uri):
    with command("sql", "SELECT * FROM range(3000000)", "--format", "csv", "--archive", uri) as process:
        assert process.stdout.readline() == b"range\r\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_no_request_goes_to_the_crawlers_proxy(seaweed, s3_options):
    segment = Segment(s3_options)
    segment.article(1)
    segment.commit()
    with Recorder() as proxy:
        environ = {**os.environ, **seaweed.environ, **proxy.environ}
        with command("show", "radartegal/1", "--raw", "--archive", s3_options.uri, env=environ) as process:
            out, err = process.communicate()
        with command(
            "sql", "SELECT count(*) FROM captures", "--json", "--archive", s3_options.uri, env=environ
        ) as process:
            counted, _ = process.communicate()
    assert out.startswith(b"<html><h1>Judul 1"), err
    assert json.loads(counted)["rows"] == [{"count_star()": 1}]
    assert proxy.heard == []
