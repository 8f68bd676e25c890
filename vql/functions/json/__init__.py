"""Functions and operators of json and jsonb, and how a jsonpath is run. Start at `jsonb`."""
