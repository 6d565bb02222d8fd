"""A DuckDB that can read one archive and nothing else.

Three fences, because none is enough alone (all checked on DuckDB 1.5.5):

* `enable_external_access = false` with the folder of the tables as the only allowed directory, and a locked
  configuration. It stops reading and writing elsewhere, ATTACH, INSTALL and secrets, but `COPY ... TO` a file
  of the tables would pass.
* Only SELECT statements run (`access.statement`), so nothing is written inside that folder either.
* Only table functions that make or take apart rows (`access.statement`): some others end the whole process.

Nothing is ever downloaded: extensions are neither installed nor loaded by themselves, and httpfs is loaded from
the file that the wheel `duckdb-extension-httpfs` ships.
"""

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

from access.sqltext import literal
from storage.config import StoreOptions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "1GiB"
"""For buffers; what does not fit is spilled to a temporary folder. A process needs some 200 MB beside it."""
_THREADS = 8
"""At most. Reading an object store gains nothing beyond, and each thread holds a row group."""


def connect(options: StoreOptions, scratch: Path) -> "DuckDBPyConnection":
    """A connection that can reach the store of `options` and spills into `scratch`; not fenced yet, see
    `fence`.
    """
    import duckdb  # noqa: PLC0415  20 MB and 50 ms, which most commands never need

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "extension_directory": str(scratch / "extensions"),
            "secret_directory": str(scratch / "secrets"),
            "allow_persistent_secrets": False,
            # Else a name in SQL could mean a variable of the Python program around.
            "python_enable_replacements": False,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(scratch / "spill"),
            "threads": min(_THREADS, len(os.sched_getaffinity(0))),
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    # It would be drawn on stdout, in the middle of the rows.
    connection.execute("SET enable_progress_bar = false")
    # Delta never changes a file in place.
    connection.execute("SET parquet_metadata_cache = true")
    connection.execute("SET validate_external_file_cache = 'NO_VALIDATION'")
    if options.is_s3:
        _reach_s3(connection, options)
    return connection


def fence(connection: "DuckDBPyConnection", options: StoreOptions) -> None:
    """Close every way out of `connection` but reading the archive's tables. Cannot be undone."""
    connection.execute(f"SET allowed_directories = [{literal(tables_directory(options))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def tables_directory(options: StoreOptions) -> str:
    """Where all tables lie, as DuckDB names it; ends in a slash."""
    return options.table_uri("runs").removesuffix("/").removesuffix("runs")


def _reach_s3(connection: "DuckDBPyConnection", options: StoreOptions) -> None:
    connection.execute(f"LOAD {literal(str(_httpfs_file()))}")
    for setting in (
        "enable_http_metadata_cache",
        "enable_server_cert_verification",
        "enable_curl_server_cert_verification",
    ):
        connection.execute(f"SET {setting} = true")
    if options.ca_file is not None:
        connection.execute(f"SET ca_cert_file = {literal(str(options.ca_file))}")
    connection.execute(f"CREATE SECRET archive ({', '.join(_secret(options))})")


def _secret(options: StoreOptions) -> list[str]:
    given = {
        "KEY_ID": options.access_key_id,
        "SECRET": options.secret_access_key,
        "SESSION_TOKEN": options.session_token,
        "REGION": options.region,
        "ENDPOINT": options.endpoint_host,
        "URL_STYLE": options.url_style,
        "USE_SSL": str(not options.allow_http).lower(),
        "SCOPE": tables_directory(options),
    }
    return ["TYPE s3", "PROVIDER config", *(f"{name} {literal(value)}" for name, value in given.items() if value)]


def _httpfs_file() -> Path:
    spec = importlib.util.find_spec("duckdb_extension_httpfs")
    assert spec is not None, "duckdb-extension-httpfs is a dependency of this package"
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0])
    return next(folder.glob("extensions/*/httpfs.duckdb_extension"))
