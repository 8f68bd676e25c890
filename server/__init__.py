"""The Postgres wire protocol on top of sessions. Start at worker, then connection and protocol."""
