"""Databases as wholes: backed up, restored, written out as SQL or Parquet and read in again.

Start at `backups`. What is copied and how stands in `vql.storage.backup`; here it is told which databases are
meant. May import all of the session.
"""
