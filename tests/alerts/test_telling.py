"""What people are told: one plain message, nothing hostile in it, no secret anywhere."""

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fixtures.webhook import Webhook
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerting import AlertKind, Finding, clear_alert, raise_alert, send_test_alert, tell
from crawler.alerting.alert import OPEN, RECOVERED, WARNINGS, Alert
from crawler.alerting.telling import _environ
from crawler.alerting.wording import MOST_TOLD, log_line, message_of, one_line
from crawler.alerting.words import TITLES, TO_DO
from crawler.config import Config, load_config

START = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")


def alert(
    kind: AlertKind, state: str = OPEN, site: str | None = "radartegal", subject: str = "reporter", **fields
) -> Alert:
    given = {
        "message": f"{subject}: 6 of 6 pages lack it",
        "measure": None,
        "since": START,
        "at": START,
        "run_id": "r1",
    }
    return Alert(alert_id="a", kind=kind.value, site=site, subject=subject, state=state, **(given | fields))


class TestMessages:
    def test_all_of_a_run_is_one_message(self):
        told = message_of(
            [alert(AlertKind.LAYOUT), alert(AlertKind.LAYOUT, subject="editor"), alert(AlertKind.CEILING, site="palpos", subject=""),
             alert(AlertKind.UNDELIVERED, RECOVERED, None, "", message="all is there", at=START + timedelta(hours=2))],
            "s3://news/disway", JAKARTA,
        )  # fmt: skip
        assert told.title.startswith("disway: 3 open, 1 recovered: radartegal: pages lack what they used to have; ")
        assert told.weight == "failure"
        assert told.body == (
            "ALERT radartegal: pages lack what they used to have (since 2026-11-23 14:05 WIB)\n"
            "- reporter: 6 of 6 pages lack it\n"
            "- editor: 6 of 6 pages lack it\n"
            "What to do: open the example and `disway show` it. When the layout changed: the pages are kept; once a page class "
            "reads it, `disway reparse --site radartegal --dry-run` shows what it fills in.\n\n"
            "WARNING palpos: unusually many articles (since 2026-11-23 14:05 WIB)\n"
            "- : 6 of 6 pages lack it\n"
            "What to do: see whether all of them are the site's own; when this is the pace of the site from here on, state it "
            "under [expect] in its site file.\n\n"
            "RECOVERED not delivered to the archive (since 2026-11-23 14:05 WIB until 2026-11-23 16:05 WIB)\n"
            "- all is there\n\n"
            "Archive: s3://news/disway"
        )

    def test_the_weight_is_that_of_the_worst(self):
        warning, recovered = alert(AlertKind.CEILING), alert(AlertKind.LAYOUT, RECOVERED)
        assert message_of([warning, recovered], "", JAKARTA).weight == "warning"
        assert message_of([recovered], "", JAKARTA).weight == "success"

    def test_a_long_one_says_what_it_leaves_out(self):
        told = message_of([alert(AlertKind.LAYOUT, subject=str(n)) for n in range(MOST_TOLD + 7)], "", JAKARTA)
        assert told.body.count("\n- ") == MOST_TOLD
        assert "... and 7 more: the table `alerts` has them all." in told.body

    @pytest.mark.parametrize("kind", list(AlertKind))
    def test_every_kind_has_a_name_and_something_to_do(self, kind):
        assert TITLES[kind]
        assert TO_DO[kind].endswith(".")
        assert TITLES[kind] in message_of([alert(kind)], "", JAKARTA).body

    def test_an_alert_of_a_later_version_is_told_all_the_same(self):
        later = alert(AlertKind.LAYOUT)._replace(kind="later")
        assert "ALERT radartegal: later" in message_of([later], "", JAKARTA).body

    @given(st.text(), st.text(), st.text())
    def test_nothing_from_outside_makes_a_line_or_a_mention(self, message, site, archive):
        hostile = alert(AlertKind.LAYOUT, site=site, message=message)
        told = message_of([hostile], archive, JAKARTA)
        lines = [*told.body.split("\n"), told.title, log_line(hostile)]
        assert len(lines) == 7
        assert all(line.isprintable() for line in lines)
        assert "<" not in "".join(lines)

    def test_a_huge_text_is_cut(self):
        assert len(one_line("a" * 10_000_000)) < 600


def configured(folder, *urls: str) -> tuple[Config, dict[str, str]]:
    environ = {"DISWAY_SPOOL__DIR": str(folder / "spool"), "DISWAY_ARCHIVE__URI": str(folder / "archive")}
    return load_config(None, {"alerts": {"urls": urls}}, environ), {}


class TestServices:
    """Real ones: apprise in its process, a receiver on loopback."""

    def test_what_is_raised_and_cleared_is_told_once(self, tmp_path, webhook, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        config, environ = configured(tmp_path, webhook.url)
        finding = Finding(AlertKind.SCHEDULE, "poll of 14:00 did not start", subject="poll")
        assert raise_alert(config, environ, finding, at=START)
        assert not raise_alert(config, environ, finding, at=START)
        assert [tuple(told) for told in tell(config, environ)] == [("JSON", True, "")]
        assert tell(config, environ) == []
        assert clear_alert(config, environ, finding, at=START + timedelta(minutes=15))
        assert not clear_alert(config, environ, finding, at=START)
        tell(config, environ)
        assert [message["type"] for message in webhook.heard] == ["failure", "success"]
        assert webhook.heard[0]["path"] == f"/{webhook.token}"

    def test_each_service_hears_what_it_missed(self, tmp_path, webhook, caplog):
        with Webhook("other-token") as other:
            config, environ = configured(tmp_path, webhook.url, other.url)
            other.status = 403
            raise_alert(config, environ, Finding(AlertKind.DISK, "EIO"), at=START)
            told = tell(config, environ)
            assert [tuple(result) for result in told] == [("JSON 1", True, ""), ("JSON 2", False, "it answered 403")]
            other.status = 200
            clear_alert(config, environ, Finding(AlertKind.DISK, "well"), at=START)
            tell(config, environ)
            assert [len(hook.taken) for hook in (webhook, other)] == [2, 1]
            assert "EIO" in other.taken[0]["message"]
            assert "RECOVERED disk" in other.taken[0]["message"]
            assert "token" not in caplog.text

    def test_a_test_alert_goes_to_each_and_says_what_became_of_it(self, tmp_path, webhook):
        config, _ = configured(tmp_path, webhook.url, "tgram://", "mailto://", "nothing at all")
        told = send_test_alert(config)
        assert [result.ok for result in told] == [True, False, False, False]
        assert [result.service for result in told] == ["JSON", "tgram", "mailto", "?"]
        assert "test" in webhook.heard[0]["message"]

    def test_nobody_is_told_when_there_is_nobody(self, tmp_path, caplog):
        config, environ = configured(tmp_path)
        raise_alert(config, environ, Finding(AlertKind.CLOCK, "jumped by +1 h"), at=START)
        assert tell(config, environ) == []
        assert "alert open: clock: jumped by +1 h" in caplog.text
        assert send_test_alert(config) == []

    def test_the_process_that_tells_has_neither_proxies_nor_credentials(self, monkeypatch):
        for name in ("http_proxy", "HTTPS_PROXY", "AWS_SECRET_ACCESS_KEY", "DISWAY_ALERTS__URLS"):
            monkeypatch.setenv(name, "hush")
        assert "hush" not in _environ(None).values()
        assert _environ("http://proxy:3128")["https_proxy"] == "http://proxy:3128"
        assert _environ(None)["PATH"] == os.environ["PATH"]


def test_warnings_are_alerts():
    assert set(AlertKind) > WARNINGS
