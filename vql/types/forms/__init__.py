"""What values look like outside of us: bytes of the protocol, arrays of numpy, DuckDB's and Python's values.

Start at `vql.types.forms.crossing`. Knows no type.
"""
