"""A bad site file stops the program with a message that names file, key and value."""

from pathlib import Path

import pytest

from news.errors import ConfigError, UsageError
from news.site import SiteStatus, load_network

GOOD = 'id = "koran"\nname = "Koran"\nhost = "koran.disway.id"\n'


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, *more: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load_network(folder, *more)
    assert isinstance(refused.value, UsageError)
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ('timezonee = "Asia/Jakarta"', "timezonee", "'Asia/Jakarta'"),
        ('[sources]\nsection = ["/kategori/lokal"]', "sources.section", "['/kategori/lokal']"),
        ("[expect]\narticles_per_day = [1, 2]", "expect.articles_per_day", "[1, 2]"),
        ('timezone = "Asia/Jakata"', "timezone", "'Asia/Jakata'"),
        ('timezone = "Asia"', "timezone", "'Asia'"),
        ('timezone = ""', "timezone", "''"),
        ('timezone = "../etc/passwd"', "timezone", "'../etc/passwd'"),
        ('status = "aktif"', "status", "'aktif'"),
        ('aliases = ["https://koran.com"]', "aliases.0", "'https://koran.com'"),
        ('aliases = ["koran.com", "Koran.id"]', "aliases.1", "'Koran.id'"),
        ('aliases = ["koran .com"]', "aliases.0", "'koran .com'"),
        ('aliases = ["user@koran.com"]', "aliases.0", "'user@koran.com'"),
        ('aliases = ["koran..com"]', "aliases.0", "'koran..com'"),
        ('aliases = ["koran.com:8080"]', "aliases.0", "'koran.com:8080'"),
        ('aliases = ["localhost"]', "aliases.0", "'localhost'"),
        ('aliases = "koran.com"', "aliases", "'koran.com'"),
        ('[sources]\nsections = ["kategori/lokal"]', "sources.sections.0", "'kategori/lokal'"),
        (
            '[sources]\nsections = ["https://disway.id/kategori/lokal"]',
            "sources.sections.0",
            "'https://disway.id/kategori/lokal'",
        ),
        ('[sources]\nsections = ["//disway.id/lokal"]', "sources.sections.0", "'//disway.id/lokal'"),
        ("[expect]\narticles_a_day = [9, 3]", "expect.articles_a_day", "[9, 3]"),
        ("[expect]\narticles_a_day = [-1, 3]", "expect.articles_a_day", "[-1, 3]"),
        ("[expect]\narticles_a_day = 16", "expect.articles_a_day", "16"),
    ],
)
def test_bad_key_or_value_is_named(tmp_path: Path, line: str, key: str, value: str) -> None:
    path = write(tmp_path, "koran.toml", f"{GOOD}{line}\n")
    assert refusal(tmp_path).startswith(f"{path}: {key} = {value}: ")


@pytest.mark.parametrize("key", ["id", "name", "host"])
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    kept = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    path = write(tmp_path, "koran.toml", "\n".join(kept))
    assert refusal(tmp_path) == f"{path}: {key}: the file must state it"


def test_all_bad_keys_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, "koran.toml", f'{GOOD}stat = "active"\ntimezone = "Mars/Base"\n')
    message = refusal(tmp_path)
    assert "stat = 'active'" in message
    assert "timezone = 'Mars/Base'" in message


@pytest.mark.parametrize("name", ["koran.toml", "_defaults.toml"])
def test_broken_toml_names_file_and_line(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, 'note = "open\n')
    message = refusal(tmp_path)
    assert message.startswith(f"{path}: ")
    assert "line 1" in message


@pytest.mark.parametrize("name", ["koran.toml", "_defaults.toml"])
def test_bad_utf_8_names_file_and_byte(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b'note = "Koran \xff"\n')
    message = refusal(tmp_path)
    assert message.startswith(f"{path}: ")
    assert "0xff in position 14" in message


def test_key_given_twice_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "koran.toml", f'{GOOD}host = "x.disway.id"\n')
    assert refusal(tmp_path).startswith(f"{path}: ")


@pytest.mark.parametrize("line", ['host = "koran.disway.id"', 'host = "b.id"\naliases = ["koran.disway.id"]'])
def test_host_of_two_sites_names_both_files(tmp_path: Path, line: str) -> None:
    write(tmp_path, "koran.toml", GOOD)
    write(tmp_path, "tabloid.toml", f'id = "tabloid"\nname = "Tabloid"\n{line}\n')
    key = "aliases" if "aliases" in line else "host"
    expected = f"tabloid.toml: {key} = 'koran.disway.id': already belongs to koran.toml"
    assert refusal(tmp_path) == expected


def test_id_other_than_the_file_name_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "copy.toml", GOOD)
    assert refusal(tmp_path).startswith(f"{path}: id = 'koran': ")


def test_id_of_two_folders_is_refused(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        write(folder, "koran.toml", GOOD.replace("koran.disway.id", f"koran{number}.disway.id"))
    assert refusal(*folders).startswith("koran.toml: id = 'koran': ")


def test_absent_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none").startswith(f"{tmp_path / 'none'}: no such folder")


def test_bad_default_is_blamed_on_the_defaults(tmp_path: Path) -> None:
    write(tmp_path, "koran.toml", GOOD)
    path = write(tmp_path, "_defaults.toml", 'timezonee = "Asia/Jakarta"\n')
    assert refusal(tmp_path).startswith(f"{path}: timezonee = 'Asia/Jakarta': ")


@pytest.mark.parametrize("key", ["id", "name", "host"])
def test_identity_is_no_default(tmp_path: Path, key: str) -> None:
    path = write(tmp_path, "_defaults.toml", f'{key} = "koran.id"\n')
    assert refusal(tmp_path).startswith(f"{path}: {key} = 'koran.id': ")


def test_site_file_outranks_the_defaults_key_by_key(tmp_path: Path) -> None:
    write(
        tmp_path,
        "_defaults.toml",
        'timezone = "Asia/Makassar"\nstatus = "candidate"\n[sources]\nhome = false\n',
    )
    write(tmp_path, "koran.toml", f'{GOOD}status = "gone"\n[sources]\nsections = ["/kategori/lokal"]\n')
    site = load_network(tmp_path).sites["koran"]
    assert (site.timezone, site.status) == ("Asia/Makassar", SiteStatus.GONE)
    assert (site.sources.home, site.sources.sections) == (False, ("/kategori/lokal",))


def test_each_folder_has_its_own_defaults(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder, name in ((ours, "koran"), (theirs, "tabloid")):
        folder.mkdir()
        write(folder, f"{name}.toml", GOOD.replace("koran", name))
    write(theirs, "_defaults.toml", 'timezone = "Asia/Jayapura"\n')
    sites = load_network(ours, theirs).sites
    assert [sites[i].timezone for i in ("koran", "tabloid")] == ["Asia/Jakarta", "Asia/Jayapura"]
