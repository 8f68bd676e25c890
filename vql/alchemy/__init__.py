"""SQLAlchemy's dialect for folders.

May import `vql.dbapi` and types; SQLAlchemy is imported here alone. Start at `dialect`.
"""
