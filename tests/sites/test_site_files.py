"""The site files that the project ships: what they say, and that it agrees with the list they were made from."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from news.site import Network, SiteStatus, load_network
from news.url import UrlKind, UrlRules

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "spiders" / "sites"
LIST = REPOSITORY.parent / "shared" / "real" / "sites.tsv"

ZONE_OF_PROVINCE = {
    "Kalimantan Timur": "Asia/Makassar",
    "Sulawesi Selatan": "Asia/Makassar",
    "Papua": "Asia/Jayapura",
    "Papua Barat": "Asia/Jayapura",
}


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(FOLDER)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    if not LIST.is_file():
        pytest.skip(f"{LIST} is absent: the site files cannot be compared with the list of known sites")
    with LIST.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_62_sites_are_active_and_29_are_candidates(network: Network) -> None:
    assert Counter(site.status for site in network.sites.values()) == {
        SiteStatus.ACTIVE: 62,
        SiteStatus.CANDIDATE: 29,
    }
    assert len(network.active) == 62


def test_each_file_is_one_site_named_after_it(network: Network) -> None:
    assert set(network.sites) == {path.stem for path in FOLDER.glob("*.toml")} - {"_defaults"}


def test_every_host_and_alias_leads_to_its_site(network: Network) -> None:
    for site in network.sites.values():
        for host in (site.host, *site.aliases, f"www.{site.host}"):
            assert network.of_host(host) is site


def test_id_of_a_disway_subdomain_is_its_first_label(network: Network) -> None:
    subdomains = {site.id: site.host for site in network.sites.values() if site.host.endswith(".disway.id")}
    assert subdomains == {site_id: f"{site_id}.disway.id" for site_id in subdomains}
    assert len(subdomains) == 50 + 29


def test_zone_follows_the_province(network: Network) -> None:
    for site in network.sites.values():
        assert site.timezone == ZONE_OF_PROVINCE.get(site.province or "", "Asia/Jakarta"), site.id


def test_named_sections_are_section_urls(network: Network) -> None:
    rules = UrlRules(network)
    named = [(site, path) for site in network.sites.values() for path in site.sources.sections]
    assert named
    for site, path in named:
        url = rules.read(f"https://{site.host}{path}")
        assert url is not None
        assert (url.kind, url.url) == (UrlKind.SECTION, f"https://{site.host}{path}")


def test_candidates_say_why_and_expect_nothing(network: Network) -> None:
    candidates = [site for site in network.sites.values() if site.status is SiteStatus.CANDIDATE]
    for site in candidates:
        assert site.note.endswith("not seen in public material"), site.id
        assert site.expect.articles_a_day is None
        assert not site.sources.sections


def test_active_sites_are_the_hosts_of_level_a(network: Network, rows: list[dict[str, str]]) -> None:
    listed = {row["host"]: row["name"] for row in rows if row["level"] == "A"}
    assert {site.host for site in network.active} == set(listed)
    for site in network.active:
        assert site.name in listed[site.host]


def test_candidates_are_the_titles_of_level_b(network: Network, rows: list[dict[str, str]]) -> None:
    listed = [row for row in rows if row["level"] == "B"]
    candidates = [site for site in network.sites.values() if site.status is SiteStatus.CANDIDATE]
    assert len(candidates) == len(listed)
    for row in listed:
        (site,) = [site for site in candidates if site.name in row["name"]]
        if row["host"] != "?":
            assert site.host == row["host"]
        elif "guessed" in row["own_domain_alias"]:
            assert row["own_domain_alias"].startswith(site.host)


def test_aliases_are_none_that_the_list_doubts(network: Network, rows: list[dict[str, str]]) -> None:
    doubted = " ".join(
        row["own_domain_alias"]
        for row in rows
        if "unseen" in row["own_domain_alias"] or "weak" in row["own_domain_alias"]
    )
    aliases = [alias for site in network.sites.values() for alias in site.aliases]
    assert "radartegal.com" in aliases
    assert not [alias for alias in aliases if alias in doubted or alias.endswith("bacakoran.co")]


def test_sites_below_level_b_have_no_file(network: Network, rows: list[dict[str, str]]) -> None:
    below = [row["host"] for row in rows if row["level"] not in ("A", "B")]
    assert below == ["lampung.disway.id"]
    assert network.of_host(below[0]) is None
