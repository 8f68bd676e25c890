"""Copies of a whole database: backups in generations, what is restored of them, clones.

Start at `backup`; `generations` says what a folder of backups holds, `copying` copies and verifies files,
`restore` makes a database of a generation, `rewind` takes one back to an earlier moment. Above upkeep.
"""
