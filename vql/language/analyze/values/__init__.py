"""Rows, arrays and domains as values: their fields, elements and rules.

Start at `vql.language.analyze.values.records`.
"""
