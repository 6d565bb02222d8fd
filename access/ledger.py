"""Discovered = archived + refused + pending: every article that was ever linked is in the ledger, in one state."""

from dataclasses import dataclass

from access.archive import Archive

_STATES = "SELECT state, count(*) FROM ledger GROUP BY state"
_DISCOVERED = """
SELECT DISTINCT site || '/' || article_id AS article_key FROM sightings WHERE article_id IS NOT NULL
UNION SELECT article_key FROM articles
UNION SELECT article_key FROM events WHERE article_key IS NOT NULL
"""
_BROKEN = f"""
SELECT coalesce(d.article_key, l.article_key) AS article_key,
       CASE WHEN l.article_key IS NULL THEN 'was discovered and is not in the ledger'
            WHEN d.article_key IS NULL THEN 'is in the ledger and was never discovered'
            WHEN l.entries > 1 THEN 'has ' || l.entries || ' states'
            WHEN a.article_key IS NOT NULL AND l.state <> 'archived' THEN 'has a row and its state is ' || l.state
            WHEN a.article_key IS NULL AND l.state = 'archived' THEN 'is called archived and has no row'
            WHEN l.state NOT IN ('archived', 'refused', 'pending') THEN 'has the unknown state ' || l.state
            WHEN l.state = 'refused' AND l.reason IS NULL THEN 'is refused without a reason'
       END AS what
FROM ({_DISCOVERED}) d
FULL JOIN (SELECT article_key, any_value(state) AS state, any_value(reason) AS reason, count(*) AS entries
           FROM ledger GROUP BY article_key) l USING (article_key)
LEFT JOIN (SELECT article_key FROM articles) a ON a.article_key = coalesce(d.article_key, l.article_key)
WHERE what IS NOT NULL ORDER BY article_key
"""  # noqa: S608  put together of constants


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """How many articles were discovered, how many are in each state, and what does not add up: (article key, what)."""

    discovered: int
    states: dict[str, int]
    broken: list[tuple[str, str]]

    @property
    def adds_up(self) -> bool:
        """Whether discovered = archived + refused + pending."""
        return not self.broken and self.discovered == sum(self.states.values())


def check_ledger(archive: Archive) -> LedgerCheck:
    """Hold the ledger against everything that was ever linked, tried or kept."""
    (discovered,) = next(archive.query(f"SELECT count(*) FROM ({_DISCOVERED})").values())  # noqa: S608  a constant
    states = dict.fromkeys(("archived", "refused", "pending"), 0)
    states |= dict(archive.query(_STATES).values())
    broken = [(key, what) for key, what in archive.query(_BROKEN).values()]
    return LedgerCheck(discovered, states, broken)
