"""Direct connections go to public addresses only."""

import ipaddress
from typing import Any

from twisted.internet.interfaces import IReactorPluggableNameResolver, IReactorTCP, IReactorTime
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.refused import Refusal, RequestRefused


def is_public(address: str) -> bool:
    """Whether `address` is one that the public internet routes; IPv4 inside IPv6 is judged as the IPv4 it is."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)))
        if ip.is_site_local:  # fec0::/10, given up by RFC 3879 and still routed inside some networks
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@implementer(IReactorPluggableNameResolver, IReactorTCP, IReactorTime)
class PublicOnlyReactor:
    """The reactor, but `connectTCP` refuses addresses that are not public.

    It stands after name resolution: what is checked is the address that is connected to, so a name that
    changes its answer gains nothing.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def connectTCP(self, host: str, port: int, *args: Any, **options: Any) -> Any:  # noqa: N802  Twisted's name
        """Connect to the address `host`. Raises RequestRefused."""
        if not is_public(host):
            raise RequestRefused(Refusal.ADDRESS, host)
        return self._reactor.connectTCP(host, port, *args, **options)
