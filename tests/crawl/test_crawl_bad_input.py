"""Wrong usage ends with exit code 2 before anything is done, and with one line that says what to do."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest
from fixtures.crawls import NOBODY, Operator, ended


class Case(NamedTuple):
    """Arguments, the variables that go with them (a name alone takes one away), and words that the line holds."""

    arguments: tuple[str, ...]
    said: tuple[str, ...]
    environ: Mapping[str, str] = MappingProxyType({})


CASES = {
    "unknown site": Case(("crawl", "--site", "radarteagal"), ("--site radarteagal", "no such site", "disway sites")),
    "site that is no active one": Case(("crawl", "--site", "radarseluma"), ("radarseluma", "candidate", "active")),
    "bad since": Case(("crawl", "--since", "yesterday"), ("--since", "yesterday", "2d")),
    "no such flag": Case(("crawl", "--sites", "radartegal"), ("--sites", "disway crawl --help")),
    "no such verb": Case(("crwal",), ("crwal", "disway --help")),
    "flag without its value": Case(("crawl", "--site"), ("--site", "argument", "--help")),
    "misspelt key": Case(("crawl", "--config", "misspelt.toml"), ("misspelt.toml", "politeness.site_dely_s", "5")),
    "bad value": Case(("crawl", "--config", "badvalue.toml"), ("badvalue.toml", "politeness.backoff_start_s", "fast")),
    "bad TOML": Case(("crawl", "--config", "bad.toml"), ("bad.toml", "line 2")),
    "no configuration file": Case(("crawl", "--config", "none.toml"), ("none.toml", "no such configuration file")),
    "misspelt variable": Case(
        ("crawl",), ("DISWAY_POLITENESS__SITE_DELY_S", "no such key"), {"DISWAY_POLITENESS__SITE_DELY_S": "5"}
    ),
    "bad variable": Case(("crawl",), ("DISWAY_SPOOL__MAX_BYTES", "lots"), {"DISWAY_SPOOL__MAX_BYTES": "lots"}),
    "bad site file": Case(("crawl",), ("wrong.toml", "hots"), {"DISWAY_SITES__DIR": "sites"}),
    "archive that is a file": Case(("crawl", "--archive", "bad.toml"), ("bad.toml", "folder")),
    "archive that cannot be made": Case(("crawl", "--archive", "/proc/archive"), ("/proc/archive",)),
    "archive in a folder that is a file": Case(("crawl", "--archive", "bad.toml/archive"), ("bad.toml/archive",)),
    "archive elsewhere": Case(("crawl", "--archive", "gs://bucket/x"), ("gs://", "s3://bucket/prefix")),
    "one slash too few": Case(("crawl", "--archive", "s3:/bucket"), ("s3:/bucket", "s3://bucket/prefix")),
    "no bucket name": Case(("crawl", "--archive", "s3://B_/x"), ("'B_'", "bucket name")),
    "no credentials": Case(("crawl", "--archive", "s3://bucket/x"), ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
    "half of the credentials": Case(
        ("crawl", "--archive", "s3://bucket/x"), ("AWS_SECRET_ACCESS_KEY",), {"AWS_ACCESS_KEY_ID": "key"}
    ),
    "endpoint that is no URL": Case(
        ("crawl", "--archive", "s3://bucket/x"),
        ("AWS_ENDPOINT_URL", "http(s)://host:port"),
        {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": "localhost:8333"},
    ),
    "store that nobody knows": Case(
        ("crawl", "--archive", "s3://bucket/x"),
        ("cannot be reached", "127.0.0.1:9"),
        {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL_S3": NOBODY},
    ),
    "spool that cannot be made": Case(("crawl",), ("/proc/spool",), {"DISWAY_SPOOL__DIR": "/proc/spool"}),
    "recover without credentials": Case(("recover", "--archive", "s3://bucket/x"), ("AWS_ACCESS_KEY_ID",)),
    "verify of no archive": Case(("verify", "--archive", "none"), ("none", "disway crawl")),
}


@pytest.fixture(scope="module")
def outcomes(desk):
    """Every case, all at once: a command that is refused is mostly imports."""
    started = {}
    for name, case in CASES.items():
        operator = prepared(desk())
        operator.further = dict(case.environ)
        started[name] = operator, operator.start(*case.arguments)
    return {name: (operator, ended(process)) for name, (operator, process) in started.items()}


def prepared(folder: Path) -> Operator:
    """An operator with some files that hold mistakes."""
    operator = Operator(folder)
    (folder / "misspelt.toml").write_text("[politeness]\nsite_dely_s = 5\n")
    (folder / "badvalue.toml").write_text('[politeness]\nbackoff_start_s = "fast"\n')
    (folder / "bad.toml").write_text("[politeness]\nsite_delay_s = \n")
    (folder / "sites").mkdir()
    (folder / "sites" / "wrong.toml").write_text('id = "wrong"\nname = "Wrong"\nhots = "wrong.disway.id"\n')
    return operator


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_in_one_line(outcomes, name):
    operator, done = outcomes[name]
    assert done.code == 2, done
    assert done.out == ""
    assert re.fullmatch(r"disway: [^\n]+\n", done.err), done.err
    for word in CASES[name].said:
        assert word in done.err
    assert not list(operator.folder.glob("spool/*/*"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "AWS_ACCESS_KEY_ID"),
        ({}, "no-such-bucket"),
    ],
    ids=["wrong secret", "wrong key", "wrong bucket"],
)
def test_a_store_that_refuses_is_named(seaweed, tmp_path, change, said):
    uri = f"{seaweed.uri}/refused" if change else "s3://no-such-bucket/refused"
    done = Operator(tmp_path / "desk", None, uri, {**seaweed.environ, **change}).run("crawl", "--site", "radartegal")
    assert done.code == 2, done
    assert re.fullmatch(r"disway: [^\n]+\n", done.err), done.err
    assert said in done.err
