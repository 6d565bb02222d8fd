"""A proxy that no request could go through is told before anything is done."""

import pytest

from crawler.proxies import check_proxies
from news.errors import ConfigError


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"http_proxy": "", "HTTPS_PROXY": ""},
        {"http_proxy": "http://proxy:3128", "https_proxy": "http://user:word@10.0.0.1:3128/"},
        {"HTTP_PROXY": "proxy:3128", "no_proxy": "*"},
        {"https_proxy": "HTTP://[::1]:3128"},
    ],
    ids=str,
)
def test_those_that_requests_can_go_through(environ: dict[str, str]) -> None:
    check_proxies(environ)


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY"])
@pytest.mark.parametrize(
    "value", ["garbage", "proxy:3128", "socks5://proxy:1080", "http:///", "http://proxy:x", "https://p:1"]
)
def test_those_that_none_can(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} is no proxy") as caught:
        check_proxies({name: value})
    assert value not in str(caught.value).replace("http://host:port", "")
