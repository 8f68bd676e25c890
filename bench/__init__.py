"""Benchmarks: `python -m bench.run`. Start at run.py; sets.py has the data, contestants.py who runs."""
