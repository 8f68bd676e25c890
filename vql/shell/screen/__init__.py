"""Answers as they are shown: tables, records, CSV; the pager, the bar. Knows no session and no commands.

Start at `formats.draw`: `table` aligns, `display` holds what \\pset sets.
"""
