"""json, jsonb and jsonpath, each with its parser. Start at `json`."""
