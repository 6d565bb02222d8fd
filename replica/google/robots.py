"""The robots.txt of news.google.com (FACTS-google-news.md, section 6)."""

_HOME = ("/$", "/?", "/home$", "/home?", "/home/")
_PUBLIC = ("/nwshp$", "/topics/", "/publications/", "/stories/", "/swg/", "/about$", "/about?", "/about/")
_REFUSED = ("CCBot", "GPTBot", "ChatGPT-User", "PerplexityBot", "anthropic-ai", "ClaudeBot", "Claude-Web")


def robots_txt() -> bytes:
    """484 bytes: everything is forbidden but home and a few reading pages, to some crawlers these as well."""
    groups = (_group(["*"], (*_HOME, *_PUBLIC)), _group(["Googlebot"], _HOME), _group(_REFUSED, ()))
    return "\n".join(groups).encode()


def _group(agents: tuple[str, ...] | list[str], allowed: tuple[str, ...]) -> str:
    lines = [*(f"User-agent: {a}" for a in agents), "Disallow: /", *(f"Allow: {path}" for path in allowed)]
    return "".join(f"{line}\n" for line in lines)
