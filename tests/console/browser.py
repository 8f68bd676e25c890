"""A real browser without a window, spoken to by the Chrome DevTools protocol.

The first of Chromium and Chrome on the path is taken, else QtWebEngine of the package `pyside6-webengine`,
which is Chromium in a wheel. A page's requests, and errors it has logged, are kept.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
)  # fmt: skip
PATIENCE_S = 60.0
QT = """
import sys
from PySide6.QtCore import QUrl
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication
application = QApplication(sys.argv)
view = QWebEngineView()
view.resize(1280, 860)
view.setUrl(QUrl("about:blank"))
view.show()
sys.exit(application.exec())
"""
KEYS = {
    "Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowLeft": (37, ""), "ArrowUp": (38, ""),
    "ArrowRight": (39, ""), "ArrowDown": (40, ""), "Home": (36, ""), "End": (35, ""), " ": (32, " "),
}  # fmt: skip
CONTROL, SHIFT = 2, 8


def command(port: int, folder: Path) -> list[str] | None:
    """Return what starts a browser, None where there is none."""
    for name in NAMES:
        if found := shutil.which(name):
            return [
                found, "--headless", f"--remote-debugging-port={port}", f"--user-data-dir={folder}",
                "--no-first-run", "--no-sandbox", "--disable-gpu", "--remote-allow-origins=*", "about:blank",
            ]  # fmt: skip
    try:
        import PySide6.QtWebEngineCore  # noqa: F401
    except ImportError:
        return None
    return [sys.executable, "-c", QT]


class Socket:
    """A client of one WebSocket (RFC 6455): texts out, texts in."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._socket = socket.create_connection((parts.hostname, parts.port), PATIENCE_S)
        self._read = self._socket.makefile("rb")
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self._socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while self._read.readline().strip():
            pass

    def send(self, text: str) -> None:
        data, mask = text.encode(), secrets.token_bytes(4)
        size = len(data)
        front = bytes([0x81, 0x80 | (size if size < 126 else 126 if size < 1 << 16 else 127)])
        front += b"" if size < 126 else struct.pack(">H" if size < 1 << 16 else ">Q", size)
        stream = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")
        self._socket.sendall(front + mask + masked)

    def receive(self) -> str:
        text = b""
        while True:
            first, size = self._read.read(2)
            if size > 125:
                size = int.from_bytes(self._read.read(2 if size == 126 else 8), "big")
            part = self._read.read(size)
            if first & 15 in (0, 1):
                text += part
                if first & 128:
                    return text.decode()

    def close(self) -> None:
        self._read.close()
        self._socket.close()


class Page:
    """One page of the browser."""

    def __init__(self, address: str) -> None:
        self._socket = Socket(address)
        self._numbers = 0
        self.requests: list[str] = []
        self.faults: list[str] = []
        for domain in ("Page", "Network", "Runtime", "Log", "DOM"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **given: object) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._numbers += 1
        self._socket.send(json.dumps({"id": self._numbers, "method": method, "params": given}))
        while True:
            said = json.loads(self._socket.receive())
            if said.get("id") == self._numbers:
                assert "error" not in said, said
                return said["result"]
            self._note(said)

    def _note(self, said: dict[str, Any]) -> None:
        given = said.get("params", {})
        match said.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(given["request"]["url"])
            case "Runtime.exceptionThrown":
                self.faults.append(json.dumps(given["exceptionDetails"])[:2000])
            case "Log.entryAdded" if given["entry"]["level"] == "error":
                self.faults.append(f"{given['entry']['text']} {given['entry'].get('url', '')}")

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression, of a promise too."""
        found = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until an expression is true."""
        ends = time.monotonic() + PATIENCE_S
        while not self.evaluate(f"Boolean({script})"):
            assert time.monotonic() < ends, f"never: {script}\n{self.faults}"
            time.sleep(0.02)

    def open(self, address: str) -> None:
        """Go to an address, with no cookies of before."""
        self.ask("Page.navigate", url="about:blank")  # what a page still asks for has its cookie
        self.ask("Network.clearBrowserCookies")
        self.ask("Page.navigate", url=address)
        self.wait("location.href !== 'about:blank' && document.readyState === 'complete'")

    def text(self, selector: str) -> str:
        """Return the text of the first element of a selector."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def count(self, selector: str) -> int:
        """Return how many elements a selector has."""
        return int(self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length"))

    def click(self, selector: str) -> None:
        """Click into the middle of an element, scrolled to where it is seen."""
        name = json.dumps(selector)
        self.evaluate(
            f"document.querySelector({name}).scrollIntoView({{block: 'center', behavior: 'instant'}})"
        )
        x, y = self.evaluate(
            f"(() => {{ const b = document.querySelector({name}).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        self.mouse([(x, y)])

    def mouse(self, places: list[tuple[float, float]]) -> None:
        """Press at the first place, move over the others, release."""
        x, y = places[0]
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.ask("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
        for x, y in places[1:]:
            self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="left", buttons=1)
        self.ask("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, modifiers: int = 0) -> None:
        """Press a key."""
        code, text = KEYS.get(key, (ord(key.upper()[0]), key))
        text = "" if modifiers & CONTROL else text
        given = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        if key.startswith("Arrow") or len(key) > 1:
            given["code"] = key
        self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **given)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **given)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self.ask("Input.insertText", text=text)

    def focused(self) -> str:
        """Return the id, label or text of what has the focus."""
        return str(
            self.evaluate(
                "document.activeElement.id || document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.innerText || document.activeElement.tagName"
            )
        )

    def resize(self, width: int, height: int) -> None:
        """Give the window a size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """Prefer dark or light."""
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def give_file(self, selector: str, path: Path) -> None:
        """Choose a file."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", files=[str(path)], nodeId=node)

    def picture(self, path: Path) -> None:
        """Write what is seen into a PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """Leave the page."""
        self._socket.close()


class Browser:
    """A browser's process."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        started = command(self._port, folder)
        assert started is not None
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "QTWEBENGINE_REMOTE_DEBUGGING": f"127.0.0.1:{self._port}",
            "QTWEBENGINE_DISABLE_SANDBOX": "1",
            "QTWEBENGINE_CHROMIUM_FLAGS": "--disable-gpu --no-sandbox",
        }
        with (folder / "browser.log").open("wb") as log:
            self._process = subprocess.Popen(
                started, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment,
                start_new_session=True,
            )  # fmt: skip

    def page(self) -> Page:
        """Return its page, once it answers."""
        ends = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/json/list", timeout=5) as answer:
                    pages = [each for each in json.load(answer) if each["type"] == "page"]
                if pages:
                    return Page(pages[0]["webSocketDebuggerUrl"])
            except OSError:
                assert self._process.poll() is None, "the browser has ended"
            assert time.monotonic() < ends, "the browser does not answer"
            time.sleep(0.05)

    def close(self) -> None:
        """End it, and what a script that starts it has started."""
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
