"""What every database has from the beginning, as PostgreSQL's catalog lists it: functions, operators, casts,
operator classes, settings; and what sessions do.

Rows are made of declarations (`vql.functions.declare`). May import what the catalog may.
Start at `vql.executor.bridge.catalog.built_in.routines`.
"""
