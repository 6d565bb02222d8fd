"""A process that commits segments until its standard input closes: sightings, captures, articles, events, edits among them."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from access_archive import Segment  # noqa: E402  a program of its own: it must find the project first

from storage.config import StoreOptions  # noqa: E402  as above


def main() -> None:
    options = StoreOptions.from_json(sys.stdin.readline())
    head = None
    for number in range(1, 10_000):
        segment = Segment(options)
        segment.sighting(number)
        segment.article(number, hours=number)
        segment.event(f"radartegal/{number}", "archived", number, attempt=1)
        head = segment.article(0, hours=number, title=f"{number}", supersedes=head["row_id"] if head else None)
        segment.sighting(0)
        segment.commit()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if sys.stdin.readline() != "on\n":
            return


if __name__ == "__main__":
    main()
