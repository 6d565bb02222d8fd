"""Names that do not resolve, certificates that do not hold: each has its word, and nothing is sent."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from scripted_newspaper import HOST, SITE, Newspaper, article, ask, crawl

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
LONG_AGO = YESTERDAY - timedelta(days=90)


class Certified(Newspaper):
    """A newspaper whose server shows a certificate that does not hold, of a kind."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(folder)
        self._kind = kind

    def _context(self, host: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        if self._kind == "old protocol":
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
            context.set_ciphers("ALL:@SECLEVEL=0")
        issuer = trustme.CA() if self._kind == "unknown authority" else self._authority
        name = "koran-lain.example" if self._kind == "other host" else host
        dates = {"not_before": LONG_AGO, "not_after": YESTERDAY} if self._kind == "expired" else {}
        issuer.issue_cert(name, **dates).configure_cert(context)
        return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")  # the old protocol is the point
@pytest.mark.parametrize("kind", ["expired", "unknown authority", "other host", "old protocol"])
def test_fault_28_a_certificate_that_does_not_hold_is_a_site_that_is_not_asked(tmp_path: Path, kind: str):
    with Certified(tmp_path, kind) as newspaper:
        newspaper.publish({1: article().encode()})
        operator = newspaper.operator(tmp_path / "desk", DISWAY_NETWORK__RETRIES="0")
        done = crawl(operator)
        assert newspaper.asked(HOST) == []
    assert done.code == 1, done
    assert done.facts["degraded"] == {SITE: "robots_tls"}
    assert "Traceback" not in done.err
    (row,) = operator.stock().captures
    assert (row["url"], row["error"], row["bytes"]) == (f"https://{HOST}/robots.txt", "tls", 0)


def test_fault_27_names_that_do_not_resolve_have_a_word_of_their_own():
    """NXDOMAIN and SERVFAIL are the same to the resolver; 0.0.0.0 is an address that is nobody's."""
    hosts = ["alpha.test", "beta.test", "gamma.test"]
    job = {
        "hosts": hosts,
        "requests": [f"http://{host}/" for host in hosts],
        "addresses": {"beta.test": "0.0.0.0", "gamma.test": "::"},
        "settings": {"DOWNLOAD_TIMEOUT": 5, "RETRY_ENABLED": False},
    }
    result = ask(job, {})
    found = {o["url"]: [e["error"] for e in o["exchanges"]] for o in result["outcomes"] if o["exchanges"]}
    assert found == {
        "http://alpha.test/robots.txt": ["dns"],
        "http://beta.test/robots.txt": ["address"],
        "http://gamma.test/robots.txt": ["address"],
    }
    assert sorted(reason for _, _, reason in result["signalled"]) == ["address", "address", "dns"]


def test_fault_27_a_name_that_fails_for_a_while_is_only_a_delay(tmp_path: Path):
    """The proxy cannot reach the host in one run and can in the next: nothing is refused meanwhile."""
    with Newspaper(tmp_path) as newspaper:
        newspaper.publish({n: article(f"Berita ke-{n} dari desa").encode() for n in range(1, 6)})
        operator = newspaper.operator(tmp_path / "desk", DISWAY_NETWORK__RETRIES="0")
        newspaper.refuse_tunnel = frozenset({HOST})
        assert crawl(operator).facts["degraded"] == {SITE: "robots_proxy"}
        newspaper.refuse_tunnel = frozenset()
        assert crawl(operator).code == 0
    assert set(operator.stock().by_key) == {f"{SITE}/{n}" for n in range(1, 6)}
