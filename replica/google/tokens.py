"""What only Google can make and read: the token within a new id, and the signature of an article page."""

import base64
import binascii
import hashlib
import hmac

MARK = "AU_yqL"
"""What every token begins with."""
TTL_S = 600
"""How long a signature is good; nobody has measured Google's (FACTS-google-news.md, section 2.2)."""
SIGNATURE_CHARS = 28
_SIGNATURE_MARKS = ("AZ5r3e", "AVvZt1", "AZta1J", "Ae5Wzi", "AbIaSL")
_MARK_SECONDS = 30 * 86_400
_NONCE, _NUMBER, _PROOF = 32, 4, 28
_SHORTEST = _NONCE + _NUMBER + _PROOF


class Tokens:
    """Made from `secret` alone: nothing is stored, so that every token ever given out can be read."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, number: int, salt: str, filler: int = 0) -> str:
        """A token for article `number`; another salt makes another token. 92 characters and 4/3 of `filler` more."""
        nonce = self._digest(f"{number}/{salt}".encode(), _NONCE)
        hidden = self._masked(number.to_bytes(_NUMBER), nonce)
        tail = hashlib.shake_256(nonce).digest(filler)
        raw = nonce + hidden + self._digest(nonce + hidden + tail, _PROOF) + tail
        return MARK + base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def number_of(self, token: str) -> int | None:
        """The article that `token` was made for; None when it was not made here."""
        text = token.removeprefix(MARK)
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        nonce, hidden = raw[:_NONCE], raw[_NONCE : _NONCE + _NUMBER]
        proof, tail = raw[_NONCE + _NUMBER : _SHORTEST], raw[_SHORTEST:]
        if len(raw) < _SHORTEST or not hmac.compare_digest(proof, self._digest(nonce + hidden + tail, _PROOF)):
            return None
        return int.from_bytes(self._masked(hidden, nonce))

    def signature(self, article_id: str, rendered: int) -> str:
        """The signature of a page for `article_id` rendered at `rendered` (Unix seconds)."""
        mark = _SIGNATURE_MARKS[rendered // _MARK_SECONDS % len(_SIGNATURE_MARKS)]
        proof = base64.urlsafe_b64encode(self._digest(f"{article_id}|{rendered}".encode(), 32)).decode()
        return (mark + proof)[:SIGNATURE_CHARS]

    def holds(self, article_id: str, rendered: int, signature: str, now: float) -> bool:
        """Whether `signature` is that page's and not older than `TTL_S` at `now` (Unix seconds)."""
        good = hmac.compare_digest(signature.encode(), self.signature(article_id, rendered).encode())
        return good and 0 <= now - rendered <= TTL_S

    def _masked(self, number: bytes, nonce: bytes) -> bytes:
        mask = self._digest(nonce, _NUMBER)
        return bytes(a ^ b for a, b in zip(number, mask, strict=True))

    def _digest(self, message: bytes, size: int) -> bytes:
        return hmac.digest(self._secret, message, "sha256")[:size]
