"""What boto3's errors mean to an operator: one line that says what to do, without a key or secret."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError, SSLError
from botocore.parsers import ResponseParserError

from news.errors import ArchiveDamaged, ConfigError, DiswayError, StoreRefused, StoreUnavailable
from storage.objects import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.config import StoreOptions

# Error codes of the S3 API reference ("List of error codes"); some stores give only the HTTP status.
CREDENTIALS = {
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
}
REGION = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "PermanentRedirect",
    "TemporaryRedirect",
    "301",
    "307",
}
BUSY = {"RequestTimeout", "RequestTimeoutException", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests"}
MISSING = {"NoSuchKey", "404"}
"""An answer to HEAD has no body, and so only the status for a code."""
PRECONDITION_FAILED = 412
CONFLICT = 409
RANGE_NOT_SATISFIABLE = 416
UNSUPPORTED = {405, 501}
FORBIDDEN = 403
SERVER_ERROR = 500
UNTRUSTED = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed")
NOT_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST")


class KeyTaken(DiswayError):
    """A create-only write found an object there."""


class Unsupported(StoreRefused):
    """The store does not know such a request."""


class KeyBusy(StoreUnavailable):
    """Another conditional write of the same key is under way; it is over in a moment."""


@contextmanager
def store_errors(options: StoreOptions, key: str = "such object") -> Iterator[None]:
    """Raise StoreRefused, StoreUnavailable or ConfigError in place of what botocore raises."""
    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        # The original may quote the key id or the signature: it is not shown, not even as a cause.
        raise explain(error, options, key) from None


def place(options: StoreOptions) -> str:
    """The store, as messages name it."""
    return options.endpoint or f"Amazon S3 ({options.region})"


def not_s3(options: StoreOptions) -> StoreRefused:
    """What answers speaks HTTP and no more."""
    return StoreRefused(f"what answers at {place(options)} is no S3 store: correct AWS_ENDPOINT_URL_S3")


def explain(error: Exception, options: StoreOptions, key: str) -> DiswayError:
    """The project's error for one of botocore's."""
    where = place(options)
    if isinstance(error, ClientError):
        return _answered(error, options, key)
    if isinstance(error, ResponseParserError):
        return not_s3(options)
    if isinstance(error, ParamValidationError):
        return ConfigError(
            f"the store at {where} cannot be asked with these settings: check AWS_REGION and [archive] uri"
        )
    if isinstance(error, SSLError):
        text = str(error)
        if any(sign in text for sign in UNTRUSTED):
            return StoreRefused(
                f"the certificate of {where} is not trusted: name its authority's PEM file in AWS_CA_BUNDLE"
            )
        if any(sign in text for sign in NOT_TLS):
            return StoreRefused(f"{where} does not speak TLS: write http:// in AWS_ENDPOINT_URL_S3 if that is meant")
    return StoreUnavailable(f"the store at {where} does not answer ({type(error).__name__}): is the address right?")


def _answered(error: ClientError, options: StoreOptions, key: str) -> DiswayError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"{error.operation_name}: {code}"
    if code in MISSING:
        return ObjectMissing(f"there is no {key} in {options.uri}")
    if status == PRECONDITION_FAILED:
        return KeyTaken(said)
    if status == CONFLICT:
        return KeyBusy(f"the store at {place(options)} is busy with other writes ({said})")
    if status == RANGE_NOT_SATISFIABLE:
        return ArchiveDamaged(f"{key} in {options.uri} ends before the bytes that were asked for")
    if code in BUSY or (status >= SERVER_ERROR and status not in UNSUPPORTED):
        return StoreUnavailable(f"the store at {place(options)} cannot serve now ({said})")
    refusal = Unsupported if status in UNSUPPORTED else StoreRefused
    return refusal(_advice(code, status, said, options))


def _advice(  # noqa: PLR0911  a table of cases reads best as one
    code: str, status: int, said: str, options: StoreOptions
) -> str:
    where = place(options)
    if code == "NoSuchBucket":
        return f"there is no bucket {options.bucket!r} at {where}: make it, or correct [archive] uri"
    if code in CREDENTIALS:
        variables = "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
        return f"the store at {where} does not accept the credentials ({code}): check {variables}"
    if code == "RequestTimeTooSkewed":
        return f"the clock of this machine is too far from that of {where}: set it, for instance by NTP"
    if status == FORBIDDEN:
        return (
            f"these credentials may not do that in bucket {options.bucket!r} ({said}): grant list, get, put and delete"
        )
    if status in UNSUPPORTED:
        return f"the store at {where} cannot do what an archive needs ({said}): use another store"
    if code in REGION:
        return f"bucket {options.bucket!r} is not in region {options.region!r}: set AWS_REGION to its own"
    return f"the store at {where} refuses ({said}): check AWS_ENDPOINT_URL_S3 and [archive] uri"
