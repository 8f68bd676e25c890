"""Tells systemd how a service is, where it was started by it (sd_notify(3)): one datagram a state."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

READY, STOPPING = "READY=1", "STOPPING=1"


def notify(state: str) -> None:
    """Tell a state; nobody is told, and nothing fails, where nobody asks."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        # A name that begins with @ is in no file system: the kernel has a zero byte there.
        sender.sendto(state.encode(), place.replace("@", "\0", 1) if place[0] == "@" else place)


def reloading() -> str:
    """Return the state of a service that reads its configuration again; READY comes behind it."""
    return f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"
