"""The page in a browser: no error, no request, nothing wider than a phone, figures seen, readable in light and dark."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from fpverify.report import Report
from fpverify.report.figures import Drawing
from fpverify.report.html import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]

# What a browser measures, written into the page as text. `wide` names what sticks out to the right.
PROBE = """
<script>
window.addEventListener("load", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const inside = element => { const r = element.getBoundingClientRect(); return [r.width, r.height]; };
  const shown = ["body", ".tally", ".claim", ".note", ".quiet", ".badge.good", ".badge.counter", ".badge.control",
    ".badge.seen", ".badge.unseen", ".facts", "a", "th", "figcaption", ".tick", ".defect"];
  const rgb = colour => colour.match(/[\\d.]+/g).map(Number);
  const paper = element => {
    for (let e = element; e; e = e.parentElement) {
      const back = rgb(getComputedStyle(e).backgroundColor);
      if (back.length < 4 || back[3] > 0) return back.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const light = ([r, g, b]) => {
    const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const contrast = name => {
    const element = document.querySelector(name);
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(paper(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const boxed = element => { for (let e = element; e; e = e.parentElement)
    if (["auto", "hidden", "scroll"].includes(getComputedStyle(e).overflowX)) return true; return false; };
  const found = {
    width: innerWidth,
    scroll: document.documentElement.scrollWidth,
    wide: [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !boxed(e))
      .map(e => e.tagName + "." + e.className).slice(0, 5),
    figures: [...document.querySelectorAll("figure svg")].map(inside),
    plots: [...document.querySelectorAll("svg.plot")].map(inside),
    formulas: [...document.querySelectorAll("math")].map(inside),
    ink: getComputedStyle(document.querySelector("figure svg [style*='fill: currentColor']")).fill,
    background: getComputedStyle(document.body).backgroundColor,
    contrasts: Object.fromEntries(shown.map(name => [name, contrast(name)])),
  };
  const result = document.createElement("pre");
  result.id = "probe";
  result.textContent = JSON.stringify(found);
  document.body.append(result);
  if (parent !== window) parent.postMessage(result.textContent, "*");
});
</script>
"""


# A window is at least 500 pixels wide; a frame can be as narrow as a phone.
FRAME = """<!DOCTYPE html><html><body style="margin: 0">
<iframe src="probed.html" style="border: 0; width: 390px; height: 844px"></iframe>
<script>addEventListener("message", event => {
  const result = document.createElement("pre");
  result.id = "probe";
  result.textContent = event.data;
  document.body.append(result);
});</script></body></html>"""


@dataclass(frozen=True)
class Browser:
    folder: Path
    html: str

    def run(self, path: Path, *options: str) -> subprocess.CompletedProcess[str]:
        assert CHROMIUM is not None
        switches = (
            "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
            "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr"
        )
        profile = f"--user-data-dir={self.folder / 'profile'}"
        command = [CHROMIUM, *switches.split(), profile, *options, path.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    def measure(self, *options: str, framed: bool = False) -> tuple[dict[str, Any], str]:
        """Return what the probe found, and what the browser logged."""
        path = self.folder / "probed.html"
        path.write_text(self.html.replace("</body>", PROBE + "</body>"))
        if framed:
            path = self.folder / "frame.html"
            path.write_text(FRAME)
        done = self.run(path, "--dump-dom", "--virtual-time-budget=5000", *options)
        match = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
        assert match is not None, done.stderr[-2000:]
        return json.loads(match[1]), done.stderr

    def picture(self, *options: str) -> Any:
        path, shot = self.folder / "page.html", self.folder / "page.png"
        path.write_text(self.html)
        self.run(path, f"--screenshot={shot}", *options)
        return imread(shot)[..., :3]


@pytest.fixture(scope="module")
def browser(report: Report, drawings: list[Drawing], tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser(tmp_path_factory.mktemp("browser"), page(report, drawings))


def test_a_desktop_shows_everything(browser: Browser) -> None:
    """No error, no request, nothing too wide; figures, plots and formulas have a size; the text has contrast."""
    found, log = browser.measure("--window-size=1400,900")
    assert "CONSOLE" not in log
    assert found["scroll"] <= found["width"]
    assert len(found["figures"]) == 6
    assert all(width > 500 and height > 200 for width, height in found["figures"])
    assert all(width > 150 and height > 90 for width, height in found["plots"])
    assert all(width > 2 and height > 5 for width, height in found["formulas"])
    assert min(found["contrasts"].values()) >= 4.5, found["contrasts"]
    assert found["contrasts"]["body"] >= 7


def test_a_phone_scrolls_in_one_direction_only(browser: Browser) -> None:
    """At 390 pixels nothing sticks out but what scrolls inside its own box."""
    found, _ = browser.measure("--window-size=800,900", framed=True)
    assert found["width"] == 390
    assert found["wide"] == []
    assert found["scroll"] == 390


def test_a_dark_page_is_dark_and_its_figures_follow(browser: Browser) -> None:
    found, _ = browser.measure("--window-size=1000,900", "--blink-settings=preferredColorScheme=0")
    assert found["background"] == "rgb(21, 23, 28)"
    assert found["ink"] == "rgb(227, 226, 220)"
    assert min(found["contrasts"].values()) >= 4.5, found["contrasts"]


def test_the_page_is_painted(browser: Browser) -> None:
    """A screenshot has paper, ink and a colour."""
    light = browser.picture("--window-size=1000,1200")
    assert light[5, 5].min() > 0.95
    assert light.min() < 0.25
    assert float((light.max(axis=2) - light.min(axis=2)).max()) > 0.2
    dark = browser.picture("--window-size=1000,1200", "--blink-settings=preferredColorScheme=0")
    assert dark[5, 5].max() < 0.15
    assert dark.max() > 0.8
