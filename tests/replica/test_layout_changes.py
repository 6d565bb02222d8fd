"""A site whose article pages get another look: those of that site, that share of them, until it is taken back."""

import pytest

from replica.layout import LayoutChange, Layouts, Look
from replica.page import Page, PageKind
from replica.state import ReplicaState

HOST = "radartegal.disway.id"
PAGE = Page(PageKind.ARTICLE, 200, "text/html", b'<h1 class="text-black">Judul</h1>')


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_that_share_of_the_articles_is_met_and_always_the_same(share):
    layouts = Layouts()
    layouts.change(LayoutChange(host=HOST, look=Look.WHOLE, share=share))
    changed = [number for number in range(2_000) if layouts.dress(HOST, f"/read/{number}/judul", PAGE) != PAGE]
    assert len(changed) == 2_000 * share
    assert all(layouts.dress(HOST, f"/lokal/read/{number}/lain/16", PAGE) != PAGE for number in changed)


def test_only_article_pages_of_the_site_change():
    layouts = Layouts()
    layouts.change(LayoutChange(host=HOST, look=Look.WHOLE))
    assert layouts.dress("palpos.disway.id", "/read/1/judul", PAGE) is PAGE
    assert layouts.dress(HOST, "/kategori/lokal", PAGE) is PAGE
    listing = Page(PageKind.LISTING, 200, "text/html", PAGE.body)
    assert layouts.dress(HOST, "/read/1/judul", listing) is listing


@pytest.mark.parametrize("look", list(Look), ids=[look.value for look in Look])
def test_every_look_changes_a_real_page_and_is_taken_back(look, replica):
    control = replica.control
    state: ReplicaState = replica._state
    site = next(iter(state.network.by_host.values()))
    host, article = site.profile.host, next(a for a in site.articles if a.is_live(state.now))
    path = f"/read/{article.id}/judul"

    def shown() -> bytes:
        page = state._pages.render(host, path, "")
        return state._layouts.dress(host, path, page).body

    before = shown()
    control.layout(host, look)
    assert shown() != before
    control.layout(host, None)
    assert shown() == before
    control.layout(host, look)
    control.reset_layouts()
    assert shown() == before
