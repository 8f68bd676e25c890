"""Sequences, and those that columns are numbered by. Start at `sequences`, then `identities`."""
