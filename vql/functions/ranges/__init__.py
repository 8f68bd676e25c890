"""Functions, operators and aggregates of ranges and multiranges. Start at `ranges`."""
