"""Python's face of a database: connections, cursors, frames in and out. It may import sessions and what is
below them. Start at `connection`; what users import is `vql` and, as PEP 249 has it, `vql.dbapi`."""
