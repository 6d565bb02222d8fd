"""A record is a line, whatever a server put into it, and no secret is in any line."""

import io
import json
import logging
import sys
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Config
from crawler.logs import LONGEST, JsonLines, LoggedLines, StderrHandler, TextLines, set_up
from crawler.secrets import secrets_of

SECRET = "s3cr3t/key"
HOSTILE = st.text(st.characters(), max_size=60) | st.sampled_from(
    ["\x1b[2J\x1b]0;owned\x07", "a\r\nERROR forged", "%s %d %(x)s {0}", "\ud800", "\u2028\u202eabc", "\x00", "é漢"]
)


def logged(formatter, message, *args, exc_info=None, extra=None, secrets=()):
    """What the handler writes of one record."""
    handler = StderrHandler(secrets)
    handler.setFormatter(formatter)
    record = logging.getLogger("crawler.tap").makeRecord(
        "crawler.tap", logging.WARNING, "f", 1, message, args, exc_info, extra=extra
    )
    return handler.format(record)


def failure(text):
    try:
        int(f"no number: {text}")
    except ValueError:
        return sys.exc_info()


@given(HOSTILE)
def test_json_is_one_object_a_line(text):
    line = logged(JsonLines({"run_id": "r"}), "title %r and %s", text, text, exc_info=failure(text))
    assert line.isascii()
    assert line.isprintable()
    said = json.loads(line)
    assert set(said) == {"time", "level", "logger", "message", "exception", "run_id"}
    assert said["message"] == f"title {text!r} and {text}"
    assert (said["level"], said["logger"], said["run_id"]) == ("WARNING", "crawler.tap", "r")
    assert "Traceback" in said["exception"]


@given(HOSTILE)
def test_text_is_one_line_and_tracebacks_are_indented(text):
    first, *others = logged(TextLines(), "title %s", text, exc_info=failure(text)).split("\n")
    assert first.startswith("20")
    assert " WARNING crawler.tap: title " in first
    assert others[0] == "    Traceback (most recent call last):"
    for line in (first, *others):
        line.encode()
        assert not [c for c in line if c != " " and (c.isspace() or not c.isprintable()) and c.isascii()]
    assert all(line.startswith("    ") for line in others), "nothing from outside begins a line"


@pytest.mark.parametrize("formatter", [JsonLines({}), TextLines()], ids=["json", "text"])
def test_a_megabyte_is_cut_and_says_so(formatter):
    line = logged(formatter, "%s", "x" * 1_000_000)
    assert len(line) < LONGEST + 500
    assert f"{1_000_000 - LONGEST} characters more" in line


def test_what_scrapy_adds_to_records_is_left_out():
    assert set(json.loads(logged(JsonLines({}), "crawled", extra={"spider": object()}))) == {
        "time",
        "level",
        "logger",
        "message",
    }


CONFIG = Config.model_validate(
    {
        "archive": {"uri": "s3://news", "proxy": "http://clerk:pr0xypass@proxy:3128"},
        "alerts": {
            "urls": [
                "tgram://123456789:AAbbCCdd-token/4711/",
                "json://me:hookpass@hooks.example.org/deep-token-9",
                "x://[",
            ]
        },
    }
)
ENVIRON = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": "session-token",
    "https_proxy": "http://user:p%40ssword@proxy.example:8080",
}
SECRETS = (
    "AKIAEXAMPLE",
    SECRET,
    "session-token",
    "p%40ssword",
    "p@ssword",
    "pr0xypass",
    "hookpass",
    "deep-token-9",
    "AAbbCCdd-token",
    "tgram://123456789:AAbbCCdd-token/4711/",
    b64encode(b"user:p@ssword").decode(),
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("formatter", [JsonLines({}), TextLines()], ids=["json", "text"])
def test_no_secret_is_in_a_line(formatter, secret):
    known = secrets_of(CONFIG, ENVIRON)
    line = logged(formatter, "sent %s", f"<<{secret}>>", exc_info=failure(f"header {secret}"), secrets=known)
    assert secret not in line
    assert "sent <<***>>" in line


def test_credentials_in_any_url_are_hidden():
    assert "://***@host/" in logged(TextLines(), "GET https://somebody:pw@host/ failed")


@pytest.mark.parametrize("said", ["Signature={}", "X-Amz-Signature={}&x=1", "Signature:\n{}", "b'signature': '{}'"])
def test_signatures_of_requests_are_hidden(said):
    signature = "0123456789abcdef" * 4
    line = logged(TextLines(), said.format(signature))
    assert signature not in line
    assert "***" in line


def test_what_is_printed_becomes_records_too(monkeypatch):
    """A summary line, a progress bar, half a line: a reader of JSON lines meets nothing else."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setenv("DISWAY_LOG__FORMAT", "text")  # so that it is undone
    try:
        set_up(Config.model_validate({"log": {"format": "json"}}), {}, "WARNING")
        assert isinstance(sys.stderr, LoggedLines)
        sys.stderr.write("run 1: ok; 5 fetched\n  half")
        sys.stderr.write(" a line\n\r10 %\r20 %\nleft")
        sys.stderr.flush()
        logging.getLogger("crawler.tap").warning("a\nwarning")
        logging.getLogger("scrapy.core").info("not told")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(capture=False)
    said = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["logger"], line["message"]) for line in said] == [
        ("disway", "run 1: ok; 5 fetched"),
        ("disway", "half a line"),
        ("disway", "20 %"),
        ("disway", "left"),
        ("crawler.tap", "a\nwarning"),
    ]
