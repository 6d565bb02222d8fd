"""boto3, deltalake and DuckDB agree on where the store is, what it is trusted by, and that no proxy is asked.

Each case runs in a process of its own, as the program does: the clients read the environment, and read it once.
"""

import os
import ssl
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
import trustme
from fixtures.loopback import Recorder, Relay, TlsFront

from storage.config import ArchiveSettings, resolve_store

ROOT = Path(__file__).parents[2]
WORKED = ["boto3 b'1'", "deltalake [1, 1]", "duckdb [(2,)]"]
PROGRAM = """
import sys
from pathlib import Path

import pyarrow
from deltalake import DeltaTable, write_deltalake

from access.engine import connect
from storage.config import StoreOptions, forget_proxies
from storage.opening import open_store

options = StoreOptions.from_json(sys.stdin.read())
if "forget" in sys.argv:
    forget_proxies(options)

def boto3():
    open_store(options).put_bytes("k", b"1")
    return open_store(options).get("k")

def deltalake():
    place = {"table_or_uri": options.table_uri("t"), "storage_options": options.delta_options()}
    for _ in range(2):
        write_deltalake(**place, data=pyarrow.table({"a": [1]}), mode="append")
    table = DeltaTable(options.table_uri("t"), storage_options=options.delta_options())
    return table.to_pyarrow_table()["a"].to_pylist()

def duckdb():
    with connect(options, Path(sys.argv[1])) as connection:
        files = options.table_uri("t") + "/*.parquet"
        return connection.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchall()

for client in (boto3, deltalake, duckdb):
    try:
        print(client.__name__, client())
    except Exception as error:
        print(client.__name__, type(error).__name__, " ".join(str(error).split()))
"""


def run(tmp_path, options, environ, *words) -> list[str]:
    """What each client said, one line a client, in a process with `environ` and nothing else."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path), *words],
        input=options.to_json(),
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(tmp_path), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def options_of(seaweed, variables=None, **settings):
    uri = f"{seaweed.uri}/{uuid4().hex}"
    return resolve_store(ArchiveSettings(uri=uri, **settings), seaweed.environ | (variables or {}))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A private certificate authority: its PEM file, and the context of a server that it vouches for."""
    ca = trustme.CA()
    pem = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    return pem, context


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_private_authority_and_another_region(seaweed, authority, tmp_path, variable):
    pem, context = authority
    with TlsFront(seaweed.environ["AWS_ENDPOINT_URL_S3"], context) as front:
        variables = {"AWS_ENDPOINT_URL_S3": front.url, "AWS_REGION": "ap-southeast-3", variable: str(pem)}
        options = options_of(seaweed, variables)
        # The process's own environment says nothing of it: the options are enough.
        assert run(tmp_path, options, {}, "forget") == WORKED
        assert front.served >= 3


def test_an_authority_that_was_not_named_is_not_trusted(seaweed, authority, tmp_path):
    _, context = authority
    with TlsFront(seaweed.environ["AWS_ENDPOINT_URL_S3"], context) as front:
        said = run(tmp_path, options_of(seaweed, {"AWS_ENDPOINT_URL_S3": front.url}), {}, "forget")
    assert said[0].startswith(f"boto3 StoreRefused the certificate of {front.url} is not trusted: name its authority")
    assert said[1].startswith("deltalake OSError")
    assert said[2].startswith("duckdb IOException")


def test_settings_in_the_environment_do_not_mislead_a_client(seaweed, tmp_path):
    """A child gets its options from its parent; what its environment says otherwise must not count."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\n")
    misleading = {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_REGION": "elsewhere",
        "AWS_DEFAULT_REGION": "elsewhere",
    }
    assert run(tmp_path, options_of(seaweed), misleading, "forget") == WORKED


def test_no_store_request_goes_to_the_crawlers_proxy(seaweed, tmp_path):
    with Recorder() as proxy:
        assert run(tmp_path, options_of(seaweed), proxy.environ, "forget") == WORKED
        assert proxy.heard == []


def test_the_proxy_would_be_asked_otherwise(seaweed, tmp_path):
    """What the test above is worth: DuckDB, whose client only the environment rules, does ask it."""
    with Recorder() as proxy:
        said = run(tmp_path, options_of(seaweed), proxy.environ)
        assert said[:2] == WORKED[:2]
        assert said[2] != WORKED[2]
        assert proxy.heard


def test_the_archives_own_proxy_is_asked_by_all_three(seaweed, tmp_path):
    store = seaweed.environ["AWS_ENDPOINT_URL_S3"]
    with Recorder() as crawlers, Relay() as own:
        options = options_of(seaweed, proxy=own.url)
        assert run(tmp_path, options, crawlers.environ, "forget") == WORKED
        assert crawlers.heard == []
        assert len(own.heard) > 10
        assert [line for line in own.heard if f" {store}/".encode() not in line] == []
