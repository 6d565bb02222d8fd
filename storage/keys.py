"""What an object key may look like: a relative path that means the same on S3 and in a folder."""

MAX_KEY_BYTES = 1024
"""S3's limit."""
MAX_NAME_BYTES = 200
"""Of one part: file systems allow 255, and a temporary name is a little longer."""
PARTIAL = ".partial~"
"""In the name of a file that is still being written; no key may hold it."""


def check_key(key: str) -> str:
    """`key` itself. Raises ValueError when it is empty, absolute, too long, or has `.`, `..` or a control character."""
    if not key or len(key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        raise ValueError(f"an object key has 1 to {MAX_KEY_BYTES} bytes, not {len(key)} characters")
    if not key.isprintable() or "\\" in key:
        raise ValueError(f"the object key {key!r} holds a control character or a backslash")
    if PARTIAL in key:
        raise ValueError(f"the object key {key!r} is a temporary name")
    for part in key.split("/"):
        if part in {"", ".", ".."} or len(part.encode()) > MAX_NAME_BYTES:
            raise ValueError(f"the object key {key!r} is no plain relative path")
    return key


def check_prefix(prefix: str) -> None:
    """Raises ValueError unless `prefix` is empty or the start of a key."""
    if prefix:
        check_key(prefix.removesuffix("/"))


def check_range(offset: int, length: int) -> None:
    """Raises ValueError for an empty range, which S3 does not have, or a negative one."""
    if offset < 0 or length < 1:
        raise ValueError(f"no range: offset {offset}, length {length}")
