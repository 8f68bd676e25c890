"""Which function a call means, and what its arguments become: PostgreSQL's rules of overload resolution.

Start at `vql.language.analyze.resolution.resolve`.
"""
