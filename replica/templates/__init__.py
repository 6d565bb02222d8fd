"""The HTML of the replica, one module a kind of page; markup as FACTS-disway.md, section 2, reports it."""
