"""Benchmarks; docs/benchmarks.md says what each measures.

Start at run.py. sets.py has the data, cases.py what is asked of it and the exact answers, measure.py how
answers are scored and timed, peers/ who runs, report.py and plot.py what is made of it.
"""
