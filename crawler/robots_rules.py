"""The text of a robots.txt understood. Pure."""

from dataclasses import dataclass

from protego import Protego

READ_LIMIT = 1024 * 1024
"""Bytes that are read; RFC 9309, 2.5 asks for 500 KiB at least."""


class Unavailable(Exception):
    """The rules of a host cannot be known now; `reason` is a word."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason


@dataclass(frozen=True)
class Rules:
    """What a robots.txt says to `product`."""

    parsed: Protego
    product: str
    text: bytes = b""
    """As it was fetched, as far as it was read."""

    def allow(self, url: str) -> bool:
        """Whether `url` may be fetched."""
        return self.parsed.can_fetch(url, self.product)

    @property
    def crawl_delay_s(self) -> float | None:
        """Its Crawl-delay, if it states one."""
        return self.parsed.crawl_delay(self.product)


def read_rules(body: bytes, product: str) -> Rules:
    """Read `body`: UTF-8 with or without byte order mark, lines ended by LF, CRLF or CR."""
    if len(body) > READ_LIMIT:
        body = body[:READ_LIMIT].replace(b"\r", b"\n").rpartition(b"\n")[0]
    return Rules(Protego.parse(body.decode("utf-8-sig", "replace")), product, body)
