"""Functions and operators of numbers and truth values. Start at `integers`."""
