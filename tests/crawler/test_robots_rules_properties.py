"""Rules of robots.txt against a plain reading of RFC 9309, section 2.2: the longest match decides, a tie allows."""

import re
from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from crawler.robots_rules import read_rules

PRODUCT = "disway-archive"
SITE = "https://radartegal.disway.id"


class Line(NamedTuple):
    allow: bool
    pattern: str

    @property
    def text(self) -> str:
        return f"{'Allow' if self.allow else 'Disallow'}: {self.pattern}"

    def matches(self, path: str) -> bool:
        body, anchored = (self.pattern[:-1], True) if self.pattern.endswith("$") else (self.pattern, False)
        wanted = ".*".join(map(re.escape, body.split("*"))) + ("$" if anchored else "")
        return re.match(wanted, path) is not None


pieces = st.sampled_from(["/", "/read", "/r", "/read/7", "judul", "*", "/amp/", "a", ".html"])
patterns = st.lists(pieces, min_size=1, max_size=4).map("".join).filter(lambda p: p.startswith("/") and "**" not in p)
lines = st.lists(
    st.builds(Line, st.booleans(), st.tuples(patterns, st.sampled_from(["", "$"])).map("".join)), max_size=6
)
paths = st.lists(st.sampled_from(["/", "read", "r", "7", "judul", "amp", "a", ".html", "x"]), max_size=5).map(
    lambda found: "/" + "".join(found)
)


def allowed(rules: list[Line], path: str) -> bool:
    """What the standard says."""
    matching = [line for line in rules if line.matches(path)]
    longest = max((len(line.pattern) for line in matching), default=0)
    return not matching or any(line.allow for line in matching if len(line.pattern) == longest)


def group(agents: list[str], rules: list[Line]) -> str:
    return "".join([*(f"User-agent: {agent}\n" for agent in agents), *(f"{line.text}\n" for line in rules), "\n"])


@given(lines, st.lists(paths, min_size=1, max_size=6))
def test_the_longest_match_decides(rules, asked):
    read = read_rules(group(["*"], rules).encode(), PRODUCT)
    assert [read.allow(SITE + path) for path in asked] == [allowed(rules, path) for path in asked]


agents_of_ours = st.sampled_from(["disway-archive", "Disway-Archive", "DISWAY-ARCHIVE"])


@given(agents_of_ours, st.tuples(lines, lines, lines), st.permutations([0, 1, 2]), paths)
def test_a_group_of_ours_hides_that_for_all_and_groups_of_one_name_are_one(name, rules, order, path):
    ours, more_of_ours, for_all = rules
    assume(ours and more_of_ours)
    groups = [group([name], ours), group(["other", name], more_of_ours), group(["*"], for_all)]
    read = read_rules("".join(groups[place] for place in order).encode(), PRODUCT)
    assert read.allow(SITE + path) == allowed(ours + more_of_ours, path)


noise = st.text(st.characters(codec="utf-8", exclude_characters="\n\r:"), max_size=30)


@given(lines, st.lists(noise, max_size=5), st.sampled_from(["\n", "\r\n", "\r"]), paths)
def test_what_is_no_rule_changes_nothing(rules, between, end, path):
    """Comments, unknown fields, blanks around the colon, line ends of any kind, a byte order mark."""
    spaced = [line.text.replace(": ", " :\t") for line in rules]
    mixed = ["User-agent: *", *(f"# {text}" for text in between), *spaced, *(f"X-{i}: a" for i in range(len(between)))]
    read = read_rules(b"\xef\xbb\xbf" + end.join(mixed).encode(), PRODUCT)
    assert read.allow(SITE + path) == allowed(rules, path)
