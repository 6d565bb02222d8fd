"""The words of the project: values and pure rules. Standard library and pydantic only; no I/O but reading site files."""
