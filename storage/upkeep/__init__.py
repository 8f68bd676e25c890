"""What keeps a database small and quick beside its writers: seal, merge, retention, check.

Start at `maintainer`; what it does stands in `seal`, `merge`, `retention` and `orphans`, each a swap.
"""
