"""The store that a configuration describes."""

from storage.config import StoreOptions
from storage.objects import ObjectStore


def open_store(options: StoreOptions) -> ObjectStore:
    """The store that `options` describe. Contacts nobody yet; loads boto3 only for S3."""
    if options.is_s3:
        from storage.s3 import S3Store  # noqa: PLC0415  boto3 costs 30 MB and 0.3 s, which a folder does not need

        return S3Store(options)
    from storage.local import LocalStore  # noqa: PLC0415  as above

    return LocalStore(options)
