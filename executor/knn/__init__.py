"""The nearest rows of one segment: exact scans, indexes under masks, and the choice between them.

Start at `searcher` (one for each kind of vector), then `dense` and `strategy`.
"""
