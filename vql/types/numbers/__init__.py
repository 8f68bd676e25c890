"""Integers, floats and numeric, and numeric's arithmetic. Start at `integers`."""
