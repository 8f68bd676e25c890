"""What analysis does not do yet."""


class NotAnalyzed(Exception):
    """A query that has a part without a typed form: DuckDB decides what its parts are."""
