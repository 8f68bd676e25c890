"""What rows have to be before they are written: checks, foreign keys, what is computed of them.

Start at `vql.executor.constraints.constraints`.
"""
