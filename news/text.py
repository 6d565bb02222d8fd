"""Rules for printed text that hold wherever it comes from."""

import re
import unicodedata

# Soft hyphen, zero-width space and non-joiner, direction marks and embeddings, word joiner and invisible operators,
# byte order mark, and control characters that are no white space.
_INVISIBLE = re.compile(
    "[\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f]"
)
# A zero-width joiner has a meaning only where it binds emoji together.
_IDLE_JOINER = re.compile("\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])")


def clean(text: str) -> str:
    """`text` with every run of white space, non-breaking included, as one space, and no invisible characters.

    Idempotent. Letters, punctuation and their order are kept as printed.
    """
    if not text.isascii():
        text = _IDLE_JOINER.sub("", _INVISIBLE.sub("", text))
    elif not text.isprintable():
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def comparable(text: str) -> str:
    """`text` in the form that two readings are compared in: clean and in Unicode normal form C."""
    return unicodedata.normalize("NFC", clean(text))
