"""Scrapy is hardened, and its own commands work."""

import os
import subprocess
import sys
from pathlib import Path

from scrapy.settings import Settings
from scrapy.utils.conf import build_component_list

from crawler.config import Config
from crawler.settings import scrapy_settings
from news.site import Network, Site

ROOT = Path(__file__).parents[2]
NETWORK = Network.of([Site(id="alpha", name="Alpha", host="alpha.test")])


def effective(**config: object) -> Settings:
    settings = Settings()
    settings.setdict(scrapy_settings(Config.model_validate(config), NETWORK))
    return settings


def enabled(settings: Settings, name: str) -> list[str]:
    return [str(entry) for entry in build_component_list(settings.get_component_priority_dict_with_base(name))]


def test_only_these_middlewares_and_extensions_run() -> None:
    settings = effective()
    middlewares = enabled(settings, "DOWNLOADER_MIDDLEWARES")
    assert {name for name in middlewares if not name.startswith("crawler.")} == {
        f"scrapy.downloadermiddlewares.{name}"
        for name in (
            "downloadtimeout.DownloadTimeoutMiddleware",
            "defaultheaders.DefaultHeadersMiddleware",
            "useragent.UserAgentMiddleware",
            "retry.RetryMiddleware",
            "httpproxy.HttpProxyMiddleware",
        )
    }
    assert middlewares[:2] == ["crawler.guard.Guard", "crawler.robots.Robots"]
    assert middlewares[-2:] == ["crawler.politeness.Politeness", "crawler.tap.Tap"]
    assert enabled(settings, "SPIDER_MIDDLEWARES") == ["scrapy.spidermiddlewares.start.StartSpiderMiddleware"]
    extensions = {name for name in enabled(settings, "EXTENSIONS") if not name.startswith("crawler.")}
    assert extensions <= {f"scrapy.extensions.{name}" for name in ("corestats.CoreStats", "logcount.LogCount")}


def test_only_http_and_https_are_fetched_and_by_the_wire() -> None:
    handlers = effective().getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme: handler for scheme, handler in handlers.items() if handler} == {
        "http": "crawler.wire.WireDownloadHandler",
        "https": "crawler.wire.WireDownloadHandler",
    }


def test_what_listens_or_runs_code_is_off() -> None:
    settings = effective()
    for name in (
        "TELNETCONSOLE_ENABLED",
        "REMOTE_CONTROL_ENABLED",
        "COOKIES_ENABLED",
        "HTTPCACHE_ENABLED",
        "REFERER_ENABLED",
    ):
        assert settings.getbool(name) is False
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES") is True
    assert not settings.get("FEEDS")
    assert settings.get("JOBDIR") is None


def test_configuration_arrives() -> None:
    network = {
        "timeout_s": 7,
        "max_body_bytes": 1000,
        "retries": 4,
        "max_redirects": 1,
        "contact": "a@b.test",
        "verify_tls": False,
    }
    settings = effective(network=network)
    assert settings.getfloat("DOWNLOAD_TIMEOUT") == 7
    assert settings.getint("DOWNLOAD_MAXSIZE") == 1000
    assert settings.getint("RETRY_TIMES") == 4
    assert settings.getint("REDIRECT_MAX_TIMES") == 1
    assert settings["USER_AGENT"].endswith(" (+a@b.test)")
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES") is False


def scrapy_command(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "scrapy", *arguments]
    return subprocess.run(program, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)


def test_scrapy_lists_the_spiders() -> None:
    done = scrapy_command("list")
    assert done.returncode == 0, done.stderr
    assert "sections" in done.stdout.split()


def test_importing_the_settings_reads_no_configuration() -> None:
    done = scrapy_command("settings", "--get", "BOT_NAME", DISWAY_CONFIG="/nowhere.toml")
    assert done.stdout.strip() == "disway-archive"
