"""Every test runs offline; the seconds that notebooks take are listed at the end of the run."""

import os
import runpy
import tempfile
from pathlib import Path

import pytest

OFFLINE = Path(__file__).parent / "offline"

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


def pytest_unconfigure():
    Path(os.environ["OFFLINE_LOG"]).unlink(missing_ok=True)


def pytest_terminal_summary(terminalreporter):
    """List what tests recorded with record_property("seconds", ...)."""
    for report in terminalreporter.getreports("passed"):
        seconds = dict(report.user_properties).get("seconds")
        if seconds and report.when == "call":
            terminalreporter.write_line(f"{report.nodeid}: {seconds}")
