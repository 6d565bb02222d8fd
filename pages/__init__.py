"""Pages to news, pure: bytes, URL and capture time in, an article part or a listing out.

No settings, network, clock or logging: the same bytes give the same reading on any machine. `pages.registry` is the
door; `pages.join` puts the parts of an article together.
"""
