"""The sites that the replica can stand up: real hosts, shapes as FACTS-disway.md reports them, sections our choice.

Of feeds only two paths are told of (`/rss`, `/rss/<section>`) and of sitemaps nothing: each site has others, so that a
crawler meets every arrangement.
"""

from replica.slugs import slug_of
from replica.syndication import FeedForm, FeedPlan, SitemapPlan
from replica.world import Look, Profile, RobotsKind, Section, Wire


def _sections(*names: str, first_number: int | None = None) -> tuple[Section, ...]:
    return tuple(
        Section(name, slug_of(name), None if first_number is None else first_number + 57 * i)
        for i, name in enumerate(names)
    )


_COLUMN = Section("Catatan Harian Dahlan", "catatan-harian-dahlan", 99)

PROFILES: tuple[Profile, ...] = (
    Profile(
        host="radartegal.disway.id",
        name="Radar Tegal",
        brand="radartegal.com",
        regions=("Tegal", "Brebes", "Pemalang", "Slawi"),
        sections=_sections("Lokal", "Ekonomi", "Olahraga", "Gaya Hidup"),
        first_id=722_991,
        section_urls=True,
        charset=False,
        feed=FeedPlan(by_section=True),
        sitemap=SitemapPlan("/sitemap_index.xml"),
        counter=True,
    ),
    Profile(
        host="rakyatbengkulu.disway.id",
        name="Rakyat Bengkulu",
        brand="RAKYATBENGKULU.COM",
        regions=("Bengkulu", "Rejang Lebong", "Seluma"),
        sections=_sections("Bengkulu", "Daerah", "Nasional", "Kesehatan"),
        first_id=706_400,
        curly_quotes=True,
        wire=Wire.LITESPEED,
        robots=RobotsKind.DISALLOW_SEARCH,
        feed=FeedPlan("/feed", FeedForm.ATOM, items=20, content_type="application/atom+xml"),
        sitemap=SitemapPlan(named=False, gzipped=True),
    ),
    Profile(
        host="palpos.disway.id",
        name="Palembang Pos",
        brand="PALPOS.ID",
        regions=("Palembang", "Muara Enim", "Prabumulih"),
        sections=_sections("Sumsel", "Metropolis", "Pendidikan", "Wisata"),
        first_id=710_020,
        wire=Wire.APACHE,
        robots=RobotsKind.MISSING,
        chunked_articles=True,
        feed=FeedPlan(items=50, linked=False, content_type="text/xml", stale_etag=True),
        sitemap=SitemapPlan(named=False, monthly=False, news=False),
        counter=True,
    ),
    Profile(
        host="sumeks.disway.id",
        name="Sumatera Ekspres",
        brand="SUMEKS.CO",
        regions=("Palembang", "Ogan Ilir", "Lahat"),
        sections=_sections("Sumsel", "Nasional", "Ekonomi", "Olahraga"),
        first_id=677_100,
        published_time="offset",
        validators=True,
        curly_quotes=True,
        robots=RobotsKind.CRAWL_DELAY,
        feed=FeedPlan(items=40, cdata=False, hub="https://hub.contoh.invalid/"),
        sitemap=SitemapPlan(gzipped=True),
        counter=True,
    ),
    Profile(
        host="jateng.disway.id",
        name="Disway Jateng",
        brand="JATENG.DISWAY.ID",
        regions=("Semarang", "Pekalongan", "Batang"),
        sections=_sections("Disway Pekalongan", "Jateng", "Ekonomi", "Wisata"),
        first_id=712_300,
        look=Look.SPANS,
        section_urls=True,
        json_ld=True,
        data_layer=False,
        robots=RobotsKind.EMPTY,
        sitemap=SitemapPlan("/sitemap_index.xml", named=False),
    ),
    Profile(
        host="disway.id",
        name="Disway",
        brand="DISWAY.ID",
        regions=("Jakarta", "Surabaya", "Bandung"),
        sections=(*_sections("Nasional", "Keuangan", "Olahraga", "Gaya Hidup", first_number=51), _COLUMN),
        first_id=961_200,
        column=_COLUMN,
        inline_tags=True,
        published_time="naive",
        json_ld=True,
        amp_link=True,
        image_host="cms.disway.id",
        robots=RobotsKind.CRLF_BOM,
        feed=FeedPlan(items=50, by_section=True, cdata=False, mixed_links=True),
        sitemap=SitemapPlan(monthly=False),
        counter=True,
    ),
    Profile(
        host="radarlampung.disway.id",
        name="Radar Lampung",
        brand="RADARLAMPUNG.DISWAY.ID",
        regions=("Bandar Lampung", "Lampung Timur", "Pringsewu"),
        sections=_sections("Lampung Raya", "Lampung Timur", "Ekonomi Bisnis", "Pendidikan", first_number=458),
        first_id=693_040,
        pubdate_meta=False,
        validators=True,
        wire=Wire.LITESPEED,
        charset=False,
        feed=FeedPlan("/feed", items=25, linked=False, content_type="application/xml", wrong_dates=True),
    ),
    Profile(
        host="nomorsatukaltim.disway.id",
        name="Nomor Satu Kaltim",
        brand="NOMORSATUKALTIM.COM",
        regions=("Samarinda", "Balikpapan", "Kutai Timur"),
        sections=_sections("Samarinda", "Balikpapan", "Ekonomi", "Olahraga"),
        first_id=41_080,
        look=Look.TEMPLATE_2022,
        data_layer=False,
        curly_quotes=True,
        wire=Wire.APACHE,
        feed=FeedPlan("/feed", FeedForm.ATOM, items=30, cdata=False, content_type="text/xml"),
        sitemap=SitemapPlan(path=None),
    ),
    Profile(
        host="radarkaur.disway.id",
        name="Radar Kaur",
        brand="RADARKAUR.DISWAY.ID",
        regions=("Kaur", "Bintuhan"),
        sections=_sections("Daerah", "Nasional", "Hukum", "Wisata"),
        first_id=654_200,
        feed=FeedPlan(linked=False),
    ),
    Profile(
        host="pagaralampos.disway.id",
        name="Pagaralam Pos",
        brand="PAGARALAMPOS.COM",
        regions=("Pagar Alam", "Lahat"),
        sections=_sections("Sejarah dan Misteri", "Berita Utama", "Wisata", "Otomotif"),
        first_id=737_700,
        section_urls=True,
        curly_quotes=True,
        sitemap=SitemapPlan(),
    ),
    Profile(
        host="jogja.disway.id",
        name="Disway Jogja",
        brand="JOGJA.DISWAY.ID",
        regions=("Yogyakarta", "Sleman", "Bantul"),
        sections=_sections("Gaya Hidup", "Kabar Jogja", "Kuliner", "Pendidikan"),
        first_id=697_500,
        look=Look.SPANS,
        section_urls=True,
    ),
    Profile(
        host="malang.disway.id",
        name="Disway Malang",
        brand="MALANG.DISWAY.ID",
        regions=("Malang", "Batu"),
        sections=_sections("Malang Mbois", "Arema", "Ekonomi", "Kuliner"),
        first_id=6_020,
        section_urls=True,
        json_ld=True,
        feed=FeedPlan("/feed", FeedForm.ATOM),
        sitemap=SitemapPlan(named=False),
    ),
    Profile(
        host="jambiekspres.disway.id",
        name="Jambi Ekspres",
        brand="JAMBIEKSPRES.CO.ID",
        regions=("Jambi", "Kerinci", "Bungo"),
        sections=_sections("Ekonomi", "Jambi Kota", "Nasional", "Olahraga"),
        first_id=677_700,
        wire=Wire.APACHE,
    ),
    Profile(
        host="magelangekspres.disway.id",
        name="Magelang Ekspres",
        brand="MAGELANGEKSPRES.DISWAY.ID",
        regions=("Magelang", "Temanggung"),
        sections=_sections("News", "Ekonomi", "Wisata", "Olahraga", first_number=1039),
        first_id=88_010,
        published_time="offset",
        feed=FeedPlan(items=20, cdata=False),
        sitemap=SitemapPlan(gzipped=True, news=False),
    ),
    Profile(
        host="radarbanyumas.disway.id",
        name="Radar Banyumas",
        brand="RADARBANYUMAS.DISWAY.ID",
        regions=("Purwokerto", "Cilacap", "Purbalingga"),
        sections=_sections("Banyumas", "Cilacap", "Ekonomi", "Kesehatan"),
        first_id=117_300,
        robots=RobotsKind.DISALLOW_SEARCH,
        feed=FeedPlan(by_section=True, linked=False),
        sitemap=SitemapPlan("/sitemap_index.xml"),
        counter=True,
    ),
    Profile(
        host="papua.disway.id",
        name="Disway Papua",
        brand="PAPUA.DISWAY.ID",
        regions=("Jayapura", "Merauke"),
        sections=_sections("Jayapura", "Olahraga", "Budaya", "Ekonomi"),
        first_id=12_400,
    ),
)


def profile_for(host: str) -> Profile:
    """The catalogue's profile of `host`, or a plain one made from its name."""
    known = next((p for p in PROFILES if p.host == host), None)
    if known is not None:
        return known
    label = host.split(".", maxsplit=1)[0]
    return Profile(
        host=host,
        name=label.capitalize(),
        brand=host.upper(),
        regions=(label.capitalize(),),
        sections=_sections("Lokal"),
        first_id=1,
    )
