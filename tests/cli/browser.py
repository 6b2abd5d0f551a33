"""Chromium without a window, spoken to over its debugging pipe. As a program it takes a picture of a page:
    browser.py PAGE PICTURE [WIDTH HEIGHT]"""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile


class Browser:
    """log: what pages say that is wrong; requests: whatever they ask for."""

    def __init__(self, folder):
        to_read, self._to = os.pipe()
        self._from, to_write = os.pipe()
        chromium = shutil.which("chromium")
        assert chromium, "chromium is missing: run scripts/deps browser"
        # As root it has no sandbox; what is loaded is our own.
        command = (f"exec {chromium} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
                   f"--hide-scrollbars --force-color-profile=srgb --user-data-dir={folder}/profile --remote-debugging-pipe "
                   f"3<&{to_read} 4>&{to_write}")
        self.process = subprocess.Popen(["/bin/bash", "-c", command], pass_fds=[to_read, to_write], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        self._rest, self._number, self._session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        with contextlib.suppress(OSError, AssertionError):
            self._session = None
            self.call("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._to)
        os.close(self._from)

    def _receive(self):
        while b"\0" not in self._rest:
            piece = os.read(self._from, 1 << 20)
            assert piece, "chromium ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message

    def call(self, method, **parameters):
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data):]
        while (answer := self._receive()).get("id") != self._number:
            pass
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def load(self, page):
        self.events.clear()
        url = pathlib.Path(page).resolve().as_uri()
        self.call("Page.navigate", url=url)
        while not any(each["method"] == "Page.loadEventFired" for each in self.events):
            self._receive()
        return url

    def run(self, script):
        """What it is worth, as JSON has it; promises are waited for."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def type(self, *keys):
        """Texts, and keys by name: "Tab", "Escape"."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40, "End": 35}
        for key in keys:
            if key in codes:
                for kind in "keyDown", "keyUp":
                    text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
                    self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **text)
                continue
            for letter in key:
                self.call("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
                self.call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    @property
    def complaints(self):
        wrong = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [each for each in self.events if each["method"] in wrong]

    @property
    def requests(self):
        return [each["params"]["request"]["url"] for each in self.events if each["method"] == "Network.requestWillBeSent"]

    def picture(self, path, width, height, scheme="light"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))


@contextlib.contextmanager
def browsing():
    with tempfile.TemporaryDirectory(prefix="keyfold-browser-", ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    page, path, *size = sys.argv[1:]
    with browsing() as it:
        it.load(page)
        it.picture(path, *map(int, size or (1000, 700)))
