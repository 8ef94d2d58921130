"""Every test runs offline; the seconds that notebooks take are listed at the end of the run."""

import os
import runpy
import tempfile
from pathlib import Path

import pytest
from browser import CHROMIUM

OFFLINE = Path(__file__).parent / "offline"

os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # trl, the peer of our DPO, reports that it is used
os.environ["OFFLINE_LOG"] = tempfile.NamedTemporaryFile(suffix=".offline", delete=False).name
runpy.run_path(str(OFFLINE / "sitecustomize.py"))


@pytest.fixture(autouse=True)
def network_log():
    """The hosts that this test asked for, one a line: there should be none at its end."""
    log = Path(os.environ["OFFLINE_LOG"])
    log.write_text("")
    yield log
    asked = log.read_text()
    assert not asked, f"nothing may be fetched, but these hosts were asked for:\n{asked}"


@pytest.fixture(scope="module")  # its event loop would stand in the way of nbclient's
def browser():
    if not CHROMIUM:
        reason = "no Chromium found: the browser tests need Debian's package `chromium` or alike"
        if os.environ.get("PEDAGOGY_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A page that remembers the errors it showed."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    context.close()


def pytest_unconfigure():
    Path(os.environ["OFFLINE_LOG"]).unlink(missing_ok=True)


def pytest_terminal_summary(terminalreporter):
    """List what tests recorded with record_property("seconds", ...)."""
    for report in terminalreporter.getreports("passed"):
        seconds = dict(report.user_properties).get("seconds")
        if seconds and report.when == "call":
            terminalreporter.write_line(f"{report.nodeid}: {seconds}")
