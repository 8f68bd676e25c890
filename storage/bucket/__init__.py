"""A bucket as the home of a database: its journal and files in an object store, a working copy here.

Start at `home`; `journal` is what others replay, `objects` the store, `slots` where working copies are,
`working_copy` how one is brought up to date, `moving` what `vql push` and `vql pull` do. Above upkeep.
"""
