"""The words by which a notice that is served in place of an article is known: headings and login lines."""

import re

from news.errors import RefusalReason

_CHALLENGE = (
    "just a moment",
    "attention required",
    "checking your browser",
    r"verif(?:y|ying) (?:that )?you are (?:a )?human",
    r"(?:mohon )?tunggu sebentar",
    "access denied",
    "are you a robot",
    "ddos.guard",
)
_ABSENT = r"(?:tidak|tak|belum) (?:dapat |bisa )?(?:di)?(?:temukan|ketemu|tersedia)"
_SOFT_404 = (
    r"(?:error\W*)?404\b",
    rf"(?:halaman|artikel|berita|konten)(?: yang (?:anda )?(?:cari|tuju|minta))? {_ABSENT}",
    r"(?:(?:page|article|content) )?not found\b",
    rf"(?:maaf|oops|ups)\b.{{0,60}}{_ABSENT}",
)
_WE = "(?:situs |website |server |halaman |kami )"
_REPAIR = "(?:pemeliharaan|perbaikan|maintenance)"
_MAINTENANCE = (
    r"(?:site |website )?(?:is )?(?:under|down for|scheduled) (?:maintenance|construction)",
    r"maintenance(?: mode)?\W*$",
    rf"(?:maaf\W+)?(?:{_WE}(?:ini )?)?sedang (?:dalam )?{_REPAIR}",
    rf"{_WE}(?:ini )?dalam {_REPAIR}",
    "(?:dalam )?pemeliharaan (?:sistem|server|situs|website)",
    "(?:503 )?service (?:temporarily )?unavailable",
    "a database error occurred",
    "error establishing a database",
    r"(?:kami )?(?:akan )?segera kembali\b",
)
_LOGIN_WALL = (
    r"(?:silah?kan |harap |anda harus |wajib )?(?:log ?in|masuk|sign in)(?: (?:ke|akun|untuk|dulu|terlebih)\b.*)?\W*$",
    r"(?:halaman |form )?log ?in\b.{0,40}$",
)
_HEADINGS = tuple(
    (reason, re.compile(rf"\W*(?:{'|'.join(patterns)})", re.IGNORECASE))
    for reason, patterns in (
        (RefusalReason.CHALLENGE, _CHALLENGE),
        (RefusalReason.SOFT_404, _SOFT_404),
        (RefusalReason.MAINTENANCE, _MAINTENANCE),
        (RefusalReason.LOGIN_WALL, _LOGIN_WALL),
    )
)
_LOGIN_LINE = re.compile(
    r"(?:silah?kan|harap|mohon|anda (?:harus|perlu)|wajib|untuk membaca)\b.{0,60}"
    r"\b(?:log ?in|masuk|berlangganan|daftar)\b.{0,80}(?:membaca|melanjutkan|lanjut|mengakses|artikel|konten)"
    r"|konten (?:ini )?(?:khusus|hanya untuk) pelanggan",
    re.IGNORECASE | re.DOTALL,
)
_LINE_LIMIT = 300


def notice(heading: str) -> RefusalReason | None:
    """What a clean heading or first line of a notice announces; None for any other text.

    Headlines of real articles can begin with such words: ask only where nothing else makes the page an article.
    """
    return next((reason for reason, pattern in _HEADINGS if pattern.match(heading)), None)


def asks_for_login(line: str) -> bool:
    """Whether a clean line tells the reader to log in or subscribe before reading on."""
    return len(line) <= _LINE_LIMIT and _LOGIN_LINE.search(line) is not None
