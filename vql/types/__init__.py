"""SQL types and their values: names, text forms, Python values, stored forms, operator classes.

May import errors and limits alone. Start at `type` (what a type is), then `values` (coercion and text).
"""
