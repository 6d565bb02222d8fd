"""Is a reading of an article new, changed, or the same as the archive's? Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a reading means for the archive."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REREAD = "reread"
    """Undecided: the archived version was read by another reader; read it again with today's, then judge."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is compared: the editorial digest, who read it, and the payload digests of its parts in order."""

    content_digest: str
    page_class: str
    reader_revision: int
    payload_digests: tuple[str, ...]


def judge(head: Reading | None, reading: Reading) -> Verdict:
    """Compare `reading` with the archive's `head`.

    Two readings are compared only when one reader made both: a better reader never makes an edit. Equal payloads need
    no reader at all.
    """
    if head is None:
        return Verdict.NEW
    if head.payload_digests == reading.payload_digests:
        return Verdict.UNCHANGED
    if (head.page_class, head.reader_revision) != (reading.page_class, reading.reader_revision):
        return Verdict.REREAD
    return Verdict.UNCHANGED if head.content_digest == reading.content_digest else Verdict.CHANGED
