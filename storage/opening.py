"""The store that a configuration describes."""

from storage.config import StoreOptions
from storage.objects import ObjectStore


def open_store(options: StoreOptions, *, is_first_question: bool = False) -> ObjectStore:
    """The store that `options` describe. Contacts nobody yet; loads boto3 only for S3.

    A store of `is_first_question` is given less time to answer: whether it is there at all.
    """
    if options.is_s3:
        from storage.s3 import S3Store  # noqa: PLC0415  boto3 costs 30 MB and 0.3 s, which a folder does not need
        from storage.s3_client import FIRST_QUESTION, PATIENCE  # noqa: PLC0415  as above

        return S3Store(options, FIRST_QUESTION if is_first_question else PATIENCE)
    from storage.local import LocalStore  # noqa: PLC0415  as above

    return LocalStore(options)
