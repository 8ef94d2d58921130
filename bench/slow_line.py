"""How soon does a page of the site move? Each is opened over a slow line, on a slow machine.

    make site; python bench/slow_line.py [--site site]

Chromium as a cheap phone sees the pages: 390 px wide, 1.6 Mbit/s, an answer after 150 ms, a
quarter of this machine's speed, nothing cached; the server packs what it sends, as those on the
web do. Seconds from the click on a link to the first text, the first picture, and the first
slider that has moved its picture's sentence; and what has gone over the line.
"""

import argparse
import functools
import gzip
import http.server
import shutil
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

LINE = {"downloadThroughput": 200_000, "uploadThroughput": 90_000, "latency": 150, "offline": False}
SLOWER = 4
WATCH = """
window.seen = {};
const before = new Map();
const look = () => {
  const now = performance.now();
  if (!seen.picture && document.querySelector("canvas.pedagogy-picture, main svg, main img")) {
    seen.picture = now;
  }
  // A reader scrolls at once to the first picture that can be moved.
  const still = [...document.querySelectorAll(".playing")].find(
    (picture) => !picture.querySelector(".pedagogy-caption") || picture.querySelector("input"),
  );
  if (still && still !== seen.reached) {
    seen.reached = still;
    still.scrollIntoView({ block: "center" });
  }
  for (const explorer of document.querySelectorAll(".pedagogy-explorer")) {
    const slider = explorer.querySelector("input[type=range]:not(:disabled)");
    const sentence = explorer.querySelector(".pedagogy-caption")?.textContent;
    if (slider && sentence && !before.has(explorer)) {
      before.set(explorer, sentence);
      slider.value = +slider.value === +slider.max ? +slider.value - 1 : +slider.value + 1;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (before.has(explorer) && sentence !== before.get(explorer)) {
      seen.moved ??= now;
    }
  }
  requestAnimationFrame(look);
};
look();
"""


class Packed(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, packed as they go; how many bytes went."""

    sent = 0

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        kind = self.guess_type(path)
        content = path.read_bytes()
        self.send_response(200)
        if kind.startswith(("text/", "application/j")):
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", len(content))
        self.end_headers()
        self.wfile.write(content)
        Packed.sent += len(content)

    def log_message(self, *_):
        pass


def measure(browser, address):
    """Seconds to text, picture and first move of one page; kilobytes."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    Packed.sent = 0
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.seen.moved", timeout=60_000)
    page.wait_for_load_state("load", timeout=120_000)
    text = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    picture, moved = page.evaluate("[seen.picture, seen.moved]")
    page.close()
    return text / 1000, picture / 1000, moved / 1000, Packed.sent / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", type=Path, default=Path("site"))
    site = parser.parse_args().site
    serve = functools.partial(Packed, directory=site)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("| page | text, s | picture | first move | kB |")
    print("|---|---|---|---|---|")
    with sync_playwright() as play:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in sorted([*site.glob("[01]*.html"), site / "index.html"]):
            found = measure(browser, f"http://127.0.0.1:{server.server_port}/{path.name}")
            text, picture, moved, sent = found
            print(f"| {path.stem} | {text:.1f} | {picture:.1f} | {moved:.1f} | {sent:.0f} |")


if __name__ == "__main__":
    main()
