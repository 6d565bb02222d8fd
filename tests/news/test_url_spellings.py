"""All spellings of one article give one key and one address; no two articles share a key."""

from dataclasses import dataclass
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from news.site import Network, Site
from news.url import ArticleKey, UrlRules

SITES = {
    "radartegal": ("radartegal.disway.id", "radartegal.com"),
    "palpos": ("palpos.disway.id", "palpos.id"),
    "disway": ("disway.id",),
}
RULES = UrlRules(
    Network.of([Site(id=name, name=name, host=hosts[0], aliases=tuple(hosts[1:])) for name, hosts in SITES.items()])
)
slugs = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_.~-]{0,40}", fullmatch=True).filter(lambda text: text.strip(".") == text)
queries = st.sampled_from(["", "?utm_source=x&utm_medium=y", "?page=2", "?", "?amp=1", "?a=/read/9/x"])
fragments = st.sampled_from(["", "#", "#komentar", "#/read/9/x", "#?a"])


@dataclass(frozen=True)
class Spelling:
    """One way to write the address of a part of an article."""

    scheme: str
    host: str
    port: str
    path: str
    tail: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.port}{self.path}{self.tail}"


def in_any_case(text: str) -> st.SearchStrategy[str]:
    return st.lists(st.booleans(), min_size=len(text), max_size=len(text)).map(
        lambda upper: "".join(c.upper() if up else c for c, up in zip(text, upper, strict=True))
    )


@st.composite
def spellings(draw, site: str, number: int, part: int) -> Spelling:
    scheme = draw(st.sampled_from(["http", "https", "HTTPS"]))
    host = draw(st.sampled_from(["", "www."])) + draw(st.sampled_from(SITES[site]))
    default_port = ":80" if scheme == "http" else ":443"
    slug = draw(slugs)
    if draw(st.booleans()):
        slug = "".join(f"%{ord(c):02{draw(st.sampled_from('xX'))}}" if draw(st.booleans()) else c for c in slug)
    amp = draw(st.booleans())
    section = "" if amp else draw(st.sampled_from(["", "/lokal", "/gaya-hidup", "/"]))
    step = 16 if amp else 15
    offset = "" if part == 1 and draw(st.booleans()) else f"/{step * (part - 1)}"
    slash = draw(st.sampled_from(["", "/"]))
    path = f"{section}/{'amp' if amp else 'read'}/{number}/{slug}{offset}{slash}"
    return Spelling(
        scheme,
        draw(in_any_case(host)),
        draw(st.sampled_from(["", default_port])),
        path,
        draw(queries) + draw(fragments),
    )


articles = st.tuples(st.sampled_from(sorted(SITES)), st.integers(1, 10**12))


@given(st.data(), articles, st.integers(1, 30))
def test_every_spelling_is_the_article(data, article, part):
    site, number = article
    spelling = data.draw(spellings(site, number, part))
    found = RULES.read(str(spelling))
    assert found is not None, str(spelling)
    assert (found.key, found.part) == (ArticleKey(site, number), part), str(spelling)
    assert found.url.startswith(f"https://{SITES[site][0]}/")
    again = RULES.read(found.url)
    assert (again.key, again.url, again.part) == (found.key, found.url, 1)


@given(st.data(), articles)
def test_two_spellings_of_one_slug_have_one_address(data, article):
    """Scheme, host, port, case, tracking, AMP and parts say nothing of the slug; the section is part of the address."""
    site, number = article
    slug = data.draw(slugs.filter(lambda text: not text.isdecimal()))
    plain = f"https://{SITES[site][0]}/read/{number}/{slug}"
    others = [
        f"http://www.{data.draw(in_any_case(SITES[site][-1]))}:80/read/{number}/{slug}/45{data.draw(queries)}",
        f"https://{SITES[site][0]}//read/{number}/{slug}/{data.draw(fragments)}",
        f"https://{SITES[site][0]}/amp/{number}/{slug}/32",
        f"https://{SITES[site][0]}/read/{number}/{quote(slug)}",
    ]
    assert {RULES.read(url).url for url in [plain, *others]} == {plain}


@given(st.data(), articles, articles)
def test_two_articles_never_share_a_key(data, one, other):
    assume(one != other)
    urls = [str(data.draw(spellings(*article, 1))) for article in (one, other)]
    first, second = (RULES.read(url) for url in urls)
    assert first.key != second.key
    assert first.url != second.url


@given(articles, st.sampled_from(["@", "%40", "\\", "\t", "\n", "\x00", " "]), st.integers(0, 60))
def test_a_byte_that_does_not_belong_never_makes_another_site(article, intruder, place):
    """It is refused, or the article is still that of its host: a spelling never moves to another newspaper."""
    site, number = article
    url = f"https://{SITES[site][0]}/read/{number}/judul"
    place %= len(url)
    found = RULES.read(url[:place] + intruder + url[place:])
    assert found is None or found.site.id == site or found.site.host in url
