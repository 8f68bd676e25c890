"""The files of a database and nothing of what is in them: the metastore, blob files, failpoints.

The only place that imports lmdb. Start at `metastore`.
"""
