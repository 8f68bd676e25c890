"""Functions and operators of text, bytes and uuid; regular expressions in `regex`. Start at `texts`."""
