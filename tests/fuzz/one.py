"""Fuzz one target: python one.py TARGET [options of libFuzzer] CORPUS. Ends with 0 when nothing was found."""

import sys

import atheris

with atheris.instrument_imports(include=["pages", "news", "storage", "crawler.robots_rules", "protego"]):
    from targets import TARGETS

if __name__ == "__main__":
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
