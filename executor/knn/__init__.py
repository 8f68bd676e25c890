"""The nearest rows of one segment: exact scans, indexes under masks, and the choice between them.

Start at `fragment`, the way in, then `searcher` (one for each kind of vector), `dense` and `strategy`.
"""
