"""The configuration: file, environment, command line; and what a mistake gets."""

import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Config, load_config
from news.duration import parse_duration
from news.errors import ConfigError

ROOT = Path(__file__).parents[2]
KEYS = [
    (section, key)
    for section, field in Config.model_fields.items()
    for key in field.annotation.model_fields  # type: ignore[union-attr]
]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "disway.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_file_and_environment_there_are_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(environ={}) == Config()


def test_sample_file_is_the_defaults_and_names_every_key() -> None:
    sample = ROOT / "disway.toml"
    assert load_config(sample, environ={}) == Config()
    text = re.sub(r"(?m)^# (?=[a-z_]+ = )", "", sample.read_text(encoding="utf-8"))
    sections = tomllib.loads(text)
    assert {(section, key) for section, keys in sections.items() for key in keys} == set(KEYS)
    Config.model_validate(sections)


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_key_is_documented(section: str, key: str) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    chapter = text.partition(f"## `[{section}]`")[2].partition("\n## ")[0]
    row = re.search(rf"(?m)^\| `{key}` \| .+ \| (.+) \|$", chapter)
    assert row, f"docs/configuration.md: [{section}] {key}"
    default = getattr(getattr(Config(), section), key)
    if isinstance(default, float | bool):
        assert row[1] == f"`{str(default).lower()}`"


def test_no_key_is_documented_that_does_not_exist() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^\| `([a-z_]+)` \|", text)) == {key for _, key in KEYS}


def test_environment_beats_the_file_and_the_command_line_both(tmp_path: Path) -> None:
    path = written(tmp_path, "[politeness]\nsite_delay_s = 1\nbackend_rate_per_s = 1\nmax_wait_s = 1\n")
    environ = {"DISWAY_POLITENESS__SITE_DELAY_S": "2", "DISWAY_POLITENESS__MAX_WAIT_S": "2"}
    config = load_config(path, {"politeness": {"max_wait_s": 3}}, environ)
    assert config.politeness.backend_rate_per_s == 1
    assert config.politeness.site_delay_s == 2
    assert config.politeness.max_wait_s == 3


def test_environment_speaks_every_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {
        "DISWAY_ARCHIVE__URI": "s3://bucket/prefix",
        "DISWAY_NETWORK__VERIFY_TLS": "false",
        "DISWAY_NETWORK__RETRIES": "0",
        "DISWAY_NETWORK__CONTACT": "redaksi@example.org",
        "DISWAY_RECHECK__AFTER": "30m, 2d",
        "DISWAY_SPOOL__DIR": "/var/spool/disway",
        "DISWAY_SITES__DIR": "",
        "DISWAY_DEBUG": "1",
        "PATH": "/bin",
    }
    config = load_config(environ=environ)
    assert config.archive.uri == "s3://bucket/prefix"
    assert config.network.verify_tls is False
    assert config.network.retries == 0
    assert config.recheck.after == (timedelta(minutes=30), timedelta(days=2))
    assert config.spool.dir == Path("/var/spool/disway")
    assert config.sites.dir is None
    assert re.fullmatch(r"disway-archive/[\w.]+ \(\+redaksi@example\.org\)", config.network.user_agent_header)


def test_the_file_can_be_named_by_environment(tmp_path: Path) -> None:
    path = written(tmp_path, "[network]\nretries = 7\n")
    assert load_config(environ={"DISWAY_CONFIG": str(path)}).network.retries == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[politeness]\nsite_dely_s = 5\n", "politeness.site_dely_s = 5: no such key"),
        ("[politenes]\nsite_delay_s = 5\n", "politenes = {'site_delay_s': 5}: no such key"),
        ("[politeness]\nsite_delay_s = 'fast'\n", "politeness.site_delay_s = 'fast': "),
        ("[politeness]\nsite_delay_s = -1\n", "politeness.site_delay_s = -1: "),
        ("[politeness]\nbackend_rate_per_s = nan\n", "politeness.backend_rate_per_s = nan: "),
        ("[network]\nmax_redirects = 1.5\n", "network.max_redirects = 1.5: "),
        ("[network]\ncontact = 'call me'\n", "network.contact = 'call me': is no contact"),
        ('[network]\nuser_agent = "a\\r\\nX: y"\n', "network.user_agent = 'a\\r\\nX: y': goes into a request header"),
        ("[recheck]\nafter = ['1h', 'soon']\n", "recheck.after.1 = 'soon': 'soon' is no span of time"),
        ("network = 5\n", "network = 5: "),
        ("[network\n", "Expected"),
        ("[network]\ncontact = 'é\n", ""),
    ],
)
def test_a_bad_file_is_named_with_key_and_value(tmp_path: Path, text: str, expected: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as error:
        load_config(path, environ={})
    assert str(error.value).startswith(f"{path}: {expected}")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        load_config(tmp_path / "nowhere.toml", environ={})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DISWAY_POLITENESS__SITE_DELY_S", "5", "DISWAY_POLITENESS__SITE_DELY_S = '5': no such key"),
        ("DISWAY_POLITENESS_SITE_DELAY_S", "5", "DISWAY_POLITENESS_SITE_DELAY_S = '5': no such key"),
        ("DISWAY_POLITENES__SITE_DELAY_S", "5", "DISWAY_POLITENES__SITE_DELAY_S = '5': no such key"),
        ("DISWAY_POLITENESS", "5", "DISWAY_POLITENESS = '5': no such key"),
        ("DISWAY_POLITENESS__SITE_DELAY_S", "x", "DISWAY_POLITENESS__SITE_DELAY_S: politeness.site_delay_s = 'x': "),
        ("DISWAY_RECHECK__AFTER", "1h,1x", "DISWAY_RECHECK__AFTER: recheck.after.1 = '1x': "),
    ],
)
def test_a_bad_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as error:
        load_config(environ={name: value})
    assert str(error.value).startswith(f"environment: {expected}")


def test_a_bad_option_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^command line: network\.retries = -1"):
        load_config(None, {"network": {"retries": -1}}, {})


def test_sites_of_another_folder_join(tmp_path: Path) -> None:
    site = "id = 'extra'\nname = 'Extra'\nhost = 'extra.test'\n"
    (tmp_path / "extra.toml").write_text(site, encoding="utf-8")
    network = load_config(None, {"sites": {"dir": str(tmp_path)}}, {}).site_network()
    assert {"extra", "radartegal"} <= set(network.sites)


def test_configuration_costs_little_to_import() -> None:
    program = "import sys, crawler.config; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["scrapy", "twisted", "boto3", "botocore", "deltalake", "pyarrow", "duckdb", "pydantic_settings"]
    done = subprocess.run([sys.executable, "-c", program, *heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_configuration_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().network.retries = 3  # type: ignore[misc]


@given(st.lists(st.tuples(st.integers(0, 999_999), st.sampled_from("smhdw")), min_size=1, max_size=4))
def test_durations_add_up(parts: list[tuple[int, str]]) -> None:
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
    text = "".join(f"{number}{unit}" for number, unit in parts)
    assert parse_duration(text).total_seconds() == sum(number * seconds[unit] for number, unit in parts)


@pytest.mark.parametrize("text", ["", "1", "h", "1.5h", "-1h", "1 h", "1y", "١h", "9999999d", "1h "])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no span of time"):
        parse_duration(text)
