"""What each kind of alert is called, and what to do about it; {site} stands for the site's id."""

from crawler.alerting.alert import AlertKind

TITLES = {
    AlertKind.SITE: "site fails",
    AlertKind.FLOOR: "too few articles",
    AlertKind.CEILING: "unusually many articles",
    AlertKind.LAYOUT: "pages lack what they used to have",
    AlertKind.REFUSED: "pages cannot be had",
    AlertKind.SILENT: "nothing new",
    AlertKind.GOOGLE_NEWS: "Google News",
    AlertKind.UNDELIVERED: "not delivered to the archive",
    AlertKind.STORE: "the store refuses",
    AlertKind.SPOOL: "room for what is fetched",
    AlertKind.RUN: "run",
    AlertKind.ARCHIVE: "archive",
    AlertKind.SCHEDULE: "schedule",
    AlertKind.CLOCK: "clock",
    AlertKind.DISK: "disk",
}
_ITS_PACE = "when this is the pace of the site from here on, state it under [expect] in its site file."
TO_DO = {
    AlertKind.SITE: "see `disway runs`, and open the site in a browser: it may be down, or block the crawler.",
    AlertKind.FLOOR: f"see `disway coverage --site {{site}}` and `disway runs`; {_ITS_PACE}",
    AlertKind.CEILING: f"see whether all of them are the site's own; {_ITS_PACE}",
    AlertKind.LAYOUT: (
        "open the example and `disway show` it. When the layout changed: the pages are kept; once a page class reads "
        "it, `disway reparse --site {site} --dry-run` shows what it fills in."
    ),
    AlertKind.REFUSED: "open the example in a browser; what was refused for a while is tried again by later runs.",
    AlertKind.SILENT: "open the site in a browser, then `disway crawl --site {site} --verbose`.",
    AlertKind.GOOGLE_NEWS: "nothing; other sources carry on.",
    AlertKind.UNDELIVERED: (
        "see to the store; nothing is lost, the next run or `disway recover` delivers it. Do not delete the spool."
    ),
    AlertKind.STORE: "correct the credentials, the bucket or [archive] uri. Nothing is crawled meanwhile.",
    AlertKind.SPOOL: "make room on the disk, or raise [spool] max_bytes; when the store is down, see to it first.",
    AlertKind.RUN: "see `disway runs` and the log; the next run carries on where this one ended.",
    AlertKind.ARCHIVE: (
        "for damage, `disway verify` names each record and row; put back what the bucket has former versions of. "
        "It is over with the next run that finds nothing: a nightly verify reads other files each time."
    ),
    AlertKind.SCHEDULE: "see `disway runs` and whether the service runs.",
    AlertKind.CLOCK: "see to the time service of the machine; runs that were missed are made up for.",
    AlertKind.DISK: "see to the disk before anything else; the spool is on it.",
}
