"""Only hosts of the site files are contacted, at public addresses, on default ports."""

from typing import Any

import pytest
from crawl_once import crawl
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedNetwork, page
from twisted.internet.interfaces import IReactorPluggableNameResolver, IReactorTime

from crawler.addresses import PublicOnlyReactor, is_public
from crawler.refused import Refusal, RequestRefused

HOSTS = ["alpha.test", "beta.test"]
REFUSED = {
    "https://gamma.test/": "off_network",
    "https://alpha.test.gamma.test/": "off_network",
    "https://evil-alpha.test/": "off_network",
    "https://127.0.0.1/": "off_network",
    "https://[::1]/": "off_network",
    "http://alpha.test:8080/": "port",
    "https://alpha.test:80/": "port",
    "https://user:pass@alpha.test/": "userinfo",
    "ftp://alpha.test/": "scheme",
    "file:///etc/passwd": "scheme",
    "data:text/plain,hello": "scheme",
    "s3://alpha.test/key": "scheme",
}


def redirect(place: str) -> Any:
    return page(b"", f"Location: {place}", status="302 Found")


@pytest.fixture(scope="module")
def crawled(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[ScriptedNetwork, dict[str, dict[str, Any]], dict[str, Any]]:
    with ScriptedNetwork(tmp_path_factory.mktemp("guard")) as network:
        network.scripts = {
            "alpha.test/": page(b"home"),
            "alpha.test/out": redirect("https://gamma.test/"),
            "alpha.test/file": redirect("file:///etc/passwd"),
            "alpha.test/port": redirect("https://alpha.test:8443/"),
            "alpha.test/in": redirect("//www.beta.test/"),
            "alpha.test/bad": redirect("https://alpha.test:99999/"),
            "alpha.test/worse": redirect("http://[alpha/"),
            "alpha.test/loop": redirect("https://alpha.test/loop"),
            "www.beta.test/": page(b"inside"),
            "alpha.test/proxy": page(b"never"),
        }
        paths = ("", "out", "file", "port", "in", "loop", "bad", "worse")
        requests: list[Any] = [*REFUSED, *(f"https://alpha.test/{path}" for path in paths), "https://ALPHA.test:443/#x"]
        requests.append({"url": "https://alpha.test/proxy", "meta": {"proxy": "http://127.0.0.1:9"}})
        result = crawl({"hosts": HOSTS, "requests": requests}, network.environment())
        return network, {outcome["url"]: outcome for outcome in result["outcomes"]}, result["stats"]


Crawled = tuple[ScriptedNetwork, dict[str, dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize("url", REFUSED)
def test_refused_urls_are_not_asked(crawled: Crawled, url: str) -> None:
    assert crawled[1][url]["reason"] == REFUSED[url]


def test_only_hosts_of_the_site_files_were_contacted(crawled: Crawled) -> None:
    network = crawled[0]
    assert {asked.host for asked in network.log} == {"alpha.test", "www.beta.test"}
    assert {tunnel.split(b" ")[1] for tunnel in network.tunnels} == {b"alpha.test:443", b"www.beta.test:443"}


def test_redirects_pass_the_guard_too(crawled: Crawled) -> None:
    _, outcomes, _ = crawled
    assert outcomes["https://alpha.test/out"]["reason"] == "off_network"
    assert outcomes["https://alpha.test/port"]["reason"] == "port"
    assert outcomes["https://alpha.test/file"]["reason"] == "scheme"
    assert outcomes["https://alpha.test/in"]["body"] == "inside"
    assert outcomes["https://alpha.test/loop"]["reason"] == "redirect_loop"
    assert crawled[0].asked("alpha.test").count("/loop") == 6
    assert outcomes["https://alpha.test/bad"]["reason"] == "redirect_invalid"
    assert outcomes["https://alpha.test/worse"]["reason"] == "redirect_invalid"


def test_a_proxy_that_nobody_configured_is_refused(crawled: Crawled) -> None:
    assert crawled[1]["https://alpha.test/proxy"]["reason"] == "proxy"


def test_refusals_are_counted(crawled: Crawled) -> None:
    assert crawled[2]["guard_refused"] == len(REFUSED) + 4


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0"])
def test_names_of_private_addresses_are_not_connected_to(address: str) -> None:
    job = {
        "hosts": HOSTS,
        "requests": ["http://alpha.test/", "https://alpha.test/", "http://beta.test/"],
        "addresses": {"alpha.test": address},
        "settings": {"DOWNLOAD_TIMEOUT": 5, "RETRY_ENABLED": False},
    }
    result = crawl(job, {})
    robots = {o["url"]: o["exchanges"] for o in result["outcomes"] if o["url"].endswith("/robots.txt")}
    assert [kept["error"] for kept in robots["http://alpha.test/robots.txt"]] == ["address"]
    assert [kept["error"] for kept in robots["https://alpha.test/robots.txt"]] == ["address"]
    assert [kept["error"] for kept in robots["http://beta.test/robots.txt"]] == ["dns"]
    assert all(kept[0]["request_block"] == kept[0]["header_block"] == b"" for kept in robots.values())
    assert result["stats"]["guard_refused"] == 2
    assert ["alpha", "alpha.test", "address"] in result["signalled"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("103.10.60.1", True),
        ("2606:4700::1", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("239.1.1.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("alpha.test", False),
        ("", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


class Reactor:
    """Connects to nothing and says what it was asked to."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int, float]] = []
        self.nameResolver = object()

    def connectTCP(self, host: str, port: int, factory: object, timeout: float) -> str:  # noqa: N802  Twisted's name
        self.connected.append((host, port, timeout))
        return "connector"


@given(st.ip_addresses().map(str))
def test_the_reactor_connects_to_public_addresses_only(address: str) -> None:
    inner = Reactor()
    reactor = PublicOnlyReactor(inner)
    if is_public(address):
        assert reactor.connectTCP(address, 443, object(), timeout=3) == "connector"
        assert inner.connected == [(address, 443, 3)]
    else:
        with pytest.raises(RequestRefused) as refused:
            reactor.connectTCP(address, 443, object(), timeout=3)
        assert refused.value.reason is Refusal.ADDRESS
        assert inner.connected == []
    assert reactor.nameResolver is inner.nameResolver
    assert IReactorPluggableNameResolver.providedBy(reactor)
    assert IReactorTime.providedBy(reactor)
