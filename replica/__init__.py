"""A small Disway network on loopback, served under its real host names through a forward proxy.

`network` is the world as values: sites, sections, tags, articles and what happens to them as the clock moves.
`pages` turns one address of that world into a page, `answers` turns the page into the exact bytes that go out,
`proxy` sends them, `control` steers the clock and the faults and tells the truth to compare with.
Every article is written by `prose` from this project's own word stock; no text of a newspaper is in here.
"""
