"""A real headless Chromium, driven over its DevTools protocol: what a reader's browser would do.

One browser serves many pages. `Browser.open` gives what happened while a page was open.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import websocket

from insight.pages.fonts import CHINESE, LATIN, codes

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-backgrounding-occluded-windows",  # a page that nobody looks at keeps its share of a busy machine
    "--disable-renderer-backgrounding",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)
PHONE, DESK = 390, 1280
PAPER = 680  # CSS pixels between the margins of A4
SECONDS = 20  # to start and to end
ANSWER_SECONDS = 180  # a long page, of which all is asked at once, on a machine whose cores others hold
_ASK = """(() => {
  return {
    scrollWidth: document.documentElement.scrollWidth,
    lang: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll('h1')].length,
    pictures: [...document.images].map(i => ({alt: i.alt, loaded: i.complete && i.naturalWidth > 0})),
    ids: [...document.querySelectorAll('[id]')].map(e => e.id),
    links: [...document.querySelectorAll('a[href]')].map(e => e.href),
    text: document.body.innerText,
    ran: window.ran || 0,
    nodes: [...document.querySelectorAll('script,iframe,object,embed,link,svg:not([role=img])')].map(e => e.tagName),
  };
})()"""


#: Cells of which something is cut off or hangs over, numbers that are broken, and words that stand as a tower of
#: single characters; folded tables are unfolded first.
_CUT = """(() => {
  document.querySelectorAll('main details').forEach(one => { one.open = true; });
  const lines = cell => new Set([...(() => { const all = document.createRange(); all.selectNodeContents(cell);
    return all.getClientRects(); })()].filter(box => box.width > 1).map(box => Math.round(box.top))).size;
  const isCut = cell => {
    const box = cell.getBoundingClientRect(), around = cell.closest('.wide, .text').getBoundingClientRect();
    return cell.scrollWidth > cell.clientWidth + 1 || box.right > around.right + 1 || box.left < around.left - 1
      || box.right > innerWidth || (cell.matches('tbody .r') && lines(cell) > 1)
      || (lines(cell) > 2 && lines(cell) > cell.innerText.trim().length / 3);
  };
  const isSeen = cell => cell.getClientRects().length
    && getComputedStyle(cell.closest('thead') || cell).clipPath === 'none';
  return [...document.querySelectorAll('main th, main td')].filter(isSeen).filter(isCut).map(cell => cell.innerText);
})()"""
#: Labels of figures that lie over each other, hang out of the picture, or are too small to read.
_CROWDED = """(() => {
  const found = [], small = 11;
  for (const figure of document.querySelectorAll('figure svg')) {
    if (!figure.getClientRects().length) continue;
    const around = figure.getBoundingClientRect(), scale = around.width / figure.viewBox.baseVal.width;
    const labels = [...figure.querySelectorAll('text')].map(one => {
      const box = one.getBoundingClientRect(), turned = box.height > 1.6 * box.width && one.textContent.length > 2;
      const [dx, dy] = turned ? [0.18 * box.width, 0] : [0, 0.18 * box.height];
      return {words: one.textContent, size: scale * parseFloat(one.getAttribute('font-size')),
              left: box.left + dx, right: box.right - dx, top: box.top + dy, bottom: box.bottom - dy};
    });
    const name = figure.querySelector('title').textContent.slice(0, 40);
    labels.forEach((one, place) => {
      if (one.size < small) found.push(`${name} | ${one.words}: ${one.size.toFixed(1)} px`);
      if (one.left < around.left - 1 || one.right > around.right + 1 || one.top < around.top - 1
          || one.bottom > around.bottom + 1) found.push(`${name} | ${one.words}: outside`);
      for (const other of labels.slice(place + 1)) {
        if (one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1
            && other.top < one.bottom - 1) found.push(`${name} | ${one.words} over ${other.words}`);
      }
    });
  }
  return found;
})()"""
_AXE = Path(importlib.util.find_spec("axe_playwright_python").submodule_search_locations[0]) / "axe.min.js"
# What passes is not described: nobody reads it.
_VIOLATIONS = """axe.run({resultTypes: ['violations']}).then(found => found.violations.map(
  one => one.id + ': ' + one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', ')))"""


#: Glyphs that one character of any script is drawn with at most.
_GLYPHS = 2


@dataclass
class Page:
    """What a browser saw of one page."""

    width: int
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    fonts: set[str] = field(default_factory=set)
    cut: list[str] = field(default_factory=list)
    crowded: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def system_fonts(self) -> set[str]:
        """Fonts of this machine that had to step in for characters that are packaged; code is set in one."""
        return {font for font in self.fonts if font.startswith("system: ")}

    @property
    def outside(self) -> list[str]:
        """Requests that left the page."""
        return [address for address in self.requests if not address.startswith(("file:", "data:", "about:"))]


def find_browser() -> str | None:
    """Find a Chromium on this machine; ``INSIGHT_BROWSER`` names another."""
    named = os.environ.get("INSIGHT_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """A running browser; use it as a context manager."""

    def __init__(self, program: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="insight-browser-"))
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self._folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket = websocket.create_connection(self._address(), timeout=ANSWER_SECONDS)
        self._said, self._events = 0, []

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _address(self) -> str:
        port = self._folder / "DevToolsActivePort"
        until = time.monotonic() + SECONDS
        while not (port.exists() and len(port.read_text().split()) == 2):
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError("the browser did not start")
            time.sleep(0.05)
        number, path = port.read_text().split()
        return f"ws://127.0.0.1:{number}{path}"

    def open(
        self, path: Path, *, width: int = DESK, picture: Path | None = None, fonts: bool = True, axe: bool = True
    ) -> Page:
        """Open a page from disk at a width.

        ``picture`` keeps a PNG of the whole page, ``fonts`` looks at what characters are drawn with, ``axe`` for
        barriers: both take seconds.
        """
        with self._tab(width) as session:
            page = Page(width)
            self._events.clear()
            self._ask("Page.navigate", session, url=path.resolve().as_uri())
            self._wait_for("Page.loadEventFired", session)
            self._evaluate(session, "document.fonts.ready.then(() => 1)")
            page.seen = self._evaluate(session, _ASK)
            if fonts:
                page.fonts = self._fonts(session)
            if axe:
                self._evaluate(session, _AXE.read_text(encoding="utf-8"))
                page.violations = self._evaluate(session, _VIOLATIONS)
            page.crowded = self._evaluate(session, _CROWDED)
            page.cut = self._evaluate(session, _CUT)
            if picture:
                self._keep(session, picture)
            for event in self._events:
                _note(page, event)
        return page

    def cut_on_paper(self, path: Path) -> list[str]:
        """Give what is cut off, crowded or too small where a page is printed."""
        with self._tab(PAPER) as session:
            self._ask("Emulation.setEmulatedMedia", session, media="print")
            self._ask("Page.navigate", session, url=path.resolve().as_uri())
            self._wait_for("Page.loadEventFired", session)
            self._evaluate(session, "document.fonts.ready.then(() => 1)")
            return self._evaluate(session, _CROWDED) + self._evaluate(session, _CUT)

    @contextmanager
    def visit(self, address: str) -> Iterator[Callable[..., Any]]:
        """Open an address and give what evaluates a script there; called with ``picture``, it keeps a PNG as well."""
        with self._tab(DESK) as session:
            self._ask("Page.navigate", session, url=address)
            self._wait_for("Page.loadEventFired", session)

            def evaluate(script: str, picture: Path | None = None) -> Any:
                if picture:
                    self._keep(session, picture)
                return self._evaluate(session, script)

            yield evaluate

    def print_to_pdf(self, path: Path, target: Path) -> None:
        """Print a page as a reader would."""
        with self._tab(DESK) as session:
            self._ask("Page.navigate", session, url=path.resolve().as_uri())
            self._wait_for("Page.loadEventFired", session)
            told = self._ask("Page.printToPDF", session, preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
            target.write_bytes(b64decode(told["data"]))

    @contextmanager
    def _tab(self, width: int) -> Iterator[str]:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log", "DOM", "CSS"):
            self._ask(f"{domain}.enable", session)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width <= PHONE}
        self._ask("Emulation.setDeviceMetricsOverride", session, **size)
        try:
            yield session
        finally:
            self._ask("Target.closeTarget", targetId=target)

    def _fonts(self, session: str) -> set[str]:
        root = self._ask("DOM.getDocument", session, depth=0)["root"]["nodeId"]
        found = set()
        asked = self._ask("DOM.querySelectorAll", session, nodeId=root, selector="h1,h2,p,li,th,td,b,span,dd,a")
        for node in asked["nodeIds"]:
            for font in self._ask("CSS.getPlatformFontsForNode", session, nodeId=node)["fonts"]:
                if font["isCustomFont"]:
                    found.add(font["familyName"])
                elif font["glyphCount"] > _GLYPHS * self._delivered_marks(session, node):
                    found.add(f"system: {font['familyName']}")
        return found

    def _delivered_marks(self, session: str, node: int) -> int:
        """Count a node's characters that no packaged font has: only delivered words may hold such."""
        html = self._ask("DOM.getOuterHTML", session, nodeId=node)["outerHTML"]
        packaged = codes(LATIN) | codes(CHINESE)
        return sum(not mark.isspace() and ord(mark) not in packaged for mark in unescape(html))

    def _keep(self, session: str, picture: Path) -> None:
        shot = self._ask("Page.captureScreenshot", session, captureBeyondViewport=True)
        picture.write_bytes(b64decode(shot["data"]))

    def _evaluate(self, session: str, expression: str) -> Any:
        told = self._ask("Runtime.evaluate", session, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"]["exception"]["description"])
        return told["result"].get("value")

    def _ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._said += 1
        number = self._said
        message = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            told = json.loads(self._socket.recv())
            if told.get("id") == number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                return told["result"]
            self._events.append(told)

    def _wait_for(self, method: str, session: str) -> None:
        def come() -> bool:
            return any(e.get("method") == method and e.get("sessionId") == session for e in self._events)

        while not come():
            self._events.append(json.loads(self._socket.recv()))


def _note(page: Page, event: dict[str, Any]) -> None:
    params = event.get("params", {})
    if event.get("method") == "Network.requestWillBeSent":
        page.requests.append(params["request"]["url"])
    if event.get("method") == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
        page.console.append(params["entry"]["text"])
    if event.get("method") == "Runtime.consoleAPICalled":
        page.console.append(str(params.get("type")))
    if event.get("method") == "Runtime.exceptionThrown":
        page.console.append("exception")
