"""A run reads the very configuration that the service was started with, whatever becomes of the file."""

import os
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Config, load_config
from crawler.service.frozen import frozen_environ
from news.errors import ConfigError

text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
spans = st.timedeltas(timedelta(microseconds=1), timedelta(days=400))
configs = st.fixed_dictionaries(
    {},
    optional={
        "archive": st.fixed_dictionaries({"uri": text, "single_writer": st.booleans()}),
        "network": st.fixed_dictionaries(
            {
                "verify_tls": st.booleans(),
                "timeout_s": st.floats(0.001, 1e9),
                "user_agent": st.just("a, b = c") | st.none(),
            }
        ),
        "recheck": st.fixed_dictionaries({"after": st.lists(spans, max_size=4), "window": spans}),
        "spool": st.fixed_dictionaries(
            {"dir": st.just(Path("a folder, with = signs")), "max_bytes": st.integers(1, 10**18)}
        ),
        "schedule": st.fixed_dictionaries(
            {"poll": spans, "maintain": st.times().map(lambda at: f"{at:%H:%M}"), "timezone": st.just("Asia/Jayapura")}
        ),
        "alerts": st.fixed_dictionaries({"urls": st.lists(text, max_size=3)}),
        "log": st.fixed_dictionaries({"format": st.sampled_from(["text", "json"])}),
    },
)


@given(configs)
def test_the_environment_holds_every_key(given_keys):
    config = Config.model_validate(given_keys)
    environ = frozen_environ(config, {"PATH": "/bin", "DISWAY_SPOOL__DIR": "elsewhere", "DISWAY_DEBUG": "1"})
    found = load_config(environ=environ)
    assert found == config
    assert [url.get_secret_value() for url in found.alerts.urls] == [u.get_secret_value() for u in config.alerts.urls]
    assert (environ["PATH"], environ["DISWAY_DEBUG"]) == ("/bin", "1")


def test_no_file_is_read_any_more(tmp_path, monkeypatch):
    (tmp_path / "disway.toml").write_text("[schedule]\npoll = '1h'\n")
    monkeypatch.chdir(tmp_path)
    config = load_config(environ={})
    (tmp_path / "disway.toml").write_text("[schedule]\npoll = '5m'\nno_such_key = 1\n")
    environ = frozen_environ(config, {"DISWAY_CONFIG": str(tmp_path / "disway.toml")})
    assert load_config(environ=environ).schedule.poll == timedelta(hours=1)
    assert environ["DISWAY_CONFIG"] == os.devnull


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ()),
        ("[]", ()),
        ("json://a", ("json://a",)),
        ("json://a, json://b", ("json://a", "json://b")),
        ('["json://a,b", "json://c"]', ("json://a,b", "json://c")),
    ],
)
def test_a_list_is_written_with_commas_or_as_an_array(written, read):
    config = load_config(environ={"DISWAY_ALERTS__URLS": written})
    assert tuple(url.get_secret_value() for url in config.alerts.urls) == read


def test_an_array_that_is_none_is_refused_without_being_shown():
    with pytest.raises(ConfigError) as caught:
        load_config(environ={"DISWAY_ALERTS__URLS": '["json://hidden'})
    assert "DISWAY_ALERTS__URLS begins with [ and is no JSON array" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_spans_are_written_in_iso_8601_too():
    assert load_config(environ={"DISWAY_SCHEDULE__POLL": "PT20M"}).schedule.poll == timedelta(minutes=20)
    assert load_config(environ={"DISWAY_SCHEDULE__MAINTAIN": "23:59"}).schedule.maintain == time(23, 59)
