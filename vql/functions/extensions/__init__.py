"""Functions, operators and casts of extensions, one file an extension. Start at `uuid_ossp`."""
