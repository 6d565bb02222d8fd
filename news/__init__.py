"""The words of the project: values and pure rules. Standard library and pydantic only; the site files are read here."""
