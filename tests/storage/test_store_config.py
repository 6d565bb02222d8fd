"""What the configuration and the environment mean together, and what is said of each wrong setting."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from news.errors import ConfigError
from storage.config import ArchiveSettings, StoreOptions, forget_proxies, resolve_store

KEY, SECRET, TOKEN = "AKIAEXAMPLEKEY", "s3cr3t/Example+Key", "t0k3n=="
ENVIRON = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}


def resolve(uri="s3://bucket/some/prefix", environ=ENVIRON, **settings) -> StoreOptions:
    return resolve_store(ArchiveSettings(uri=uri, **settings), environ)


def test_a_folder_needs_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = resolve("./archive", {})
    assert (options.is_s3, options.root, options.uri) == (False, tmp_path / "archive", str(tmp_path / "archive"))
    assert options.table_uri("articles") == str(tmp_path / "archive" / "tables" / "articles")
    assert options.delta_options() == {}
    assert not options.root.exists()


@pytest.mark.parametrize(
    ("uri", "root"),
    [("/a/b", "/a/b"), ("/a/../b/", "/b"), ("~/x", "/home/one/x"), ("~", "/home/one"), ("/s p/é", "/s p/é")],
)
def test_folders(uri, root):
    assert resolve(uri, {"HOME": "/home/one"}).root == Path(root)


@pytest.mark.parametrize(
    ("uri", "bucket", "prefix", "canonical"),
    [
        ("s3://my-bucket", "my-bucket", "", "s3://my-bucket"),
        ("s3://my.bucket/", "my.bucket", "", "s3://my.bucket"),
        ("s3://abc/x/y//", "abc", "x/y", "s3://abc/x/y"),
    ],
)
def test_buckets(uri, bucket, prefix, canonical):
    options = resolve(uri)
    assert (options.bucket, options.prefix, options.uri, options.root) == (bucket, prefix, canonical, None)
    assert options.object_uri("warc/a") == f"{canonical}/warc/a"
    assert options.table_uri("runs") == f"{canonical}/tables/runs"


def test_amazon_is_the_default():
    options = resolve()
    assert (options.endpoint, options.region, options.allow_http, options.url_style) == (
        None,
        "us-east-1",
        False,
        "vhost",
    )
    assert options.endpoint_host == "s3.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({"AWS_ENDPOINT_URL": "https://a.example:9000/"}, "https://a.example:9000"),
        ({"AWS_ENDPOINT_URL": "https://a", "AWS_ENDPOINT_URL_S3": "http://b:1"}, "http://b:1"),
        ({"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": ""}, None),
    ],
)
def test_endpoint(variables, endpoint):
    assert resolve(environ=ENVIRON | variables).endpoint == endpoint


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "ap-southeast-3", "AWS_DEFAULT_REGION": "eu-west-1"}, "ap-southeast-3"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "auto"}, "auto"),
    ],
)
def test_region(variables, region):
    assert resolve(environ=ENVIRON | variables).region == region


def test_certificate_authority(tmp_path):
    for name in ("aws.pem", "ssl.pem"):
        (tmp_path / name).write_text("-----BEGIN CERTIFICATE-----\n")
    both = {"AWS_CA_BUNDLE": str(tmp_path / "aws.pem"), "SSL_CERT_FILE": str(tmp_path / "ssl.pem")}
    assert resolve().ca_file is None
    assert resolve(environ=ENVIRON | both).ca_file == tmp_path / "aws.pem"
    del both["AWS_CA_BUNDLE"]
    assert resolve(environ=ENVIRON | both).ca_file == tmp_path / "ssl.pem"


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
        "[work]\naws_access_key_id = W\naws_secret_access_key = w%(x)\naws_session_token = wt\n"
    )
    (tmp_path / ".aws" / "config").write_text(
        "[default]\nregion = eu-west-3\n[profile work]\nregion = eu-north-1\nendpoint_url = https://work.example\n"
        "s3 =\n    addressing_style = path\n"
    )
    return {"HOME": str(tmp_path)}


def test_profile_files_of_the_sdk(home):
    default = resolve(environ=home)
    assert (default.access_key_id, default.secret_access_key, default.region) == (KEY, SECRET, "eu-west-3")
    work = resolve(environ=home | {"AWS_PROFILE": "work"})
    assert (work.access_key_id, work.secret_access_key, work.session_token) == ("W", "w%(x)", "wt")
    assert (work.region, work.endpoint) == ("eu-north-1", "https://work.example")


def test_variables_come_before_profiles(home):
    options = resolve(environ=home | {"AWS_PROFILE": "work", "AWS_REGION": "us-west-2"} | ENVIRON)
    assert (options.access_key_id, options.session_token, options.region) == (KEY, None, "us-west-2")


def test_a_broken_profile_file_is_named(home):
    (Path(home["HOME"]) / ".aws" / "credentials").write_text(f"aws_secret_access_key = {SECRET}\n")
    refused(r"the AWS file '.*credentials' cannot be read: mend it, or set", environ=home)


def refused(message, **wrong):
    with pytest.raises(ConfigError, match=message) as caught:
        resolve(**wrong)
    said = str(caught.value)
    assert "\n" not in said
    for secret in (KEY, SECRET, TOKEN, "hunter2"):
        assert secret not in said
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "uri is empty"),
        ("a\x00b", "unprintable"),
        ("file:///tmp/x", "file://; give a folder or s3://bucket/prefix"),
        ("gs://b/x", "gs://; give a folder"),
        ("https://host/b", "https://; give a folder"),
        ("S3://bucket/x", "S3://; give a folder or s3://bucket/prefix"),
        ("s3:/bucket", "s3:/bucket' has one slash too few"),
        ("s3:bucket", "too few"),
        ("s3://", "'' is no bucket name"),
        ("s3:///prefix", "'' is no bucket name"),
        ("s3://Bucket/x", "'Bucket' is no bucket name"),
        ("s3://b_c/x", "'b_c' is no bucket name"),
        ("s3://ab/x", "'ab' is no bucket name"),
        ("s3://bucket/a/../b", "no plain relative path"),
        ("s3://bucket//a", "no plain relative path"),
        ("s3://bucket/a\nb", "control character"),
        ("s3://bucket/a?endpoint=http://x", "settings go into the environment"),
        (f"s3://{KEY}:hunter2@bucket/x", "uri holds credentials: take them out"),
    ],
)
def test_a_wrong_uri(uri, message):
    refused(message, uri=uri)


def test_a_file_is_no_archive(tmp_path):
    (tmp_path / "f").write_text("")
    refused("is a file: give a folder", uri=str(tmp_path / "f"))


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"AWS_ACCESS_KEY_ID": ""}, "no credentials for the S3 store: set AWS_ACCESS_KEY_ID, or"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "set AWS_SECRET_ACCESS_KEY, or"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_SECRET_ACCESS_KEY": f"{SECRET}\n"}, "AWS_SECRET_ACCESS_KEY holds white space"),
        ({"AWS_ACCESS_KEY_ID": f" {KEY}"}, "AWS_ACCESS_KEY_ID holds white space"),
        ({"AWS_SESSION_TOKEN": f"{TOKEN} "}, "AWS_SESSION_TOKEN holds white space"),
        ({"AWS_ENDPOINT_URL": "localhost:9000"}, "AWS_ENDPOINT_URL = 'localhost:9000' is no store address"),
        ({"AWS_ENDPOINT_URL_S3": "ftp://h"}, "AWS_ENDPOINT_URL_S3 = 'ftp://h' is no store address"),
        ({"AWS_ENDPOINT_URL_S3": "http://h/bucket"}, "with no path"),
        ({"AWS_ENDPOINT_URL_S3": "http://h:99999"}, "AWS_ENDPOINT_URL_S3 is no URL"),
        ({"AWS_ENDPOINT_URL_S3": "http://[::1"}, "AWS_ENDPOINT_URL_S3 is no URL"),
        ({"AWS_ENDPOINT_URL_S3": "http://"}, "is no store address"),
        ({"AWS_ENDPOINT_URL_S3": "http://a b"}, "is no store address"),
        ({"AWS_ENDPOINT_URL_S3": f"http://{KEY}:hunter2@h"}, "AWS_ENDPOINT_URL_S3 holds credentials"),
        ({"AWS_REGION": "eu west"}, "AWS_REGION = 'eu west' is no region"),
        ({"AWS_CA_BUNDLE": "/no/such.pem"}, "AWS_CA_BUNDLE = '/no/such.pem' cannot be read .*: name a PEM file"),
        ({"SSL_CERT_FILE": "/dev/null"}, "SSL_CERT_FILE = '/dev/null' holds no certificate"),
        ({"AWS_PROFILE": "gone", "AWS_ACCESS_KEY_ID": "", "HOME": "/nonexistent"}, "AWS_PROFILE = 'gone' is in no"),
    ],
)
def test_a_wrong_variable(variables, message):
    refused(message, environ=ENVIRON | variables)


@pytest.mark.parametrize("proxy", ["proxy:3128", "socks5://h:1", "http://h", "http://u:hunter2@h:x", "http://h:1/path"])
def test_a_wrong_proxy(proxy):
    refused(r"\[archive\] proxy: write http://host:port", proxy=proxy)


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="bukket"):
        ArchiveSettings(bukket="x")


def test_secrets_are_in_no_repr():
    options = resolve(environ=ENVIRON | {"AWS_SESSION_TOKEN": TOKEN}, proxy="http://u:hunter2@h:1")
    for secret in (KEY, SECRET, TOKEN, "hunter2"):
        assert secret not in repr(options)


@given(
    proxy=st.sampled_from([None, "http://h:1"]),
    token=st.sampled_from([None, TOKEN]),
    local=st.booleans(),
    single_writer=st.booleans(),
)
def test_options_survive_the_way_to_a_child(tmp_path_factory, proxy, token, local, single_writer):
    ca_file = tmp_path_factory.getbasetemp() / "ca.pem"
    ca_file.write_text("-----BEGIN CERTIFICATE-----\n")
    environ = ENVIRON | ({"AWS_SESSION_TOKEN": token} if token else {}) | {"AWS_CA_BUNDLE": str(ca_file)}
    options = resolve("/a/b" if local else "s3://bucket/x", environ, proxy=proxy, single_writer=single_writer)
    assert StoreOptions.from_json(options.to_json()) == options
    assert isinstance(json.loads(options.to_json()), dict)


def test_options_of_deltalake():
    amazon = resolve(environ=ENVIRON | {"AWS_SESSION_TOKEN": TOKEN, "AWS_REGION": "eu-west-1"}).delta_options()
    assert amazon["aws_endpoint_url"] == amazon["aws_endpoint_url_s3"] == "https://s3.eu-west-1.amazonaws.com"
    assert (amazon["aws_session_token"], amazon["allow_http"]) == (TOKEN, "false")
    assert "certificate_path" not in amazon
    elsewhere = resolve(environ=ENVIRON | {"AWS_ENDPOINT_URL": "http://h:1"}, proxy="http://p:2").delta_options()
    assert elsewhere["aws_endpoint_url"] == elsewhere["aws_endpoint_url_s3"] == "http://h:1"
    assert (elsewhere["allow_http"], elsewhere["proxy_url"]) == ("true", "http://p:2")
    assert "proxy_excludes" not in elsewhere


def test_amazon_in_china_has_a_name_of_its_own():
    assert resolve(environ=ENVIRON | {"AWS_REGION": "cn-north-1"}).endpoint_host == "s3.cn-north-1.amazonaws.com.cn"


def test_forgetting_proxies(monkeypatch):
    for name in (
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY",
    ):
        monkeypatch.setenv(name, "http://elsewhere:1")
    forget_proxies(resolve())
    assert not [name for name in os.environ if name.lower().endswith("_proxy")]
    forget_proxies(resolve(proxy="http://own:2"))
    assert {name: os.environ[name] for name in os.environ if name.lower().endswith("_proxy")} == {
        "http_proxy": "http://own:2",
        "https_proxy": "http://own:2",
    }
