"""What keeps a database small and quick beside its writers: seal, merge, retention, check.

Start at `maintainer`.
"""
