"""The analysts' side: SQL over the archive's tables, one article with its record, exports. Reads only.

`access.archive.Archive` is the Python interface; `docs/analysts.md` describes the views.
"""
