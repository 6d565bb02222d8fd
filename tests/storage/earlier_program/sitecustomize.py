"""On PYTHONPATH this makes every process that of an earlier version of the program, whose tables had fewer columns."""

from storage import schema

schema.TABLES["runs"] = tuple(c for c in schema.RUNS if c.name not in {"fired_at", "covers_from"})
schema.STRUCTS["counts"] = tuple(c for c in schema.STRUCTS["counts"] if c.name != "site")
schema.STRUCTS["captures"] = tuple(c for c in schema.STRUCTS["captures"] if c.name != "part")
