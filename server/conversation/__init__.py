"""One client's conversation: from the first packet to the last, simple, extended and COPY.

Start at `connection` (which message goes where), then `client` (bytes and statements of one client).
"""
