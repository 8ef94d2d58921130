"""What all tests share: no network, no haste, each notebook run once, one browser and server."""

import gc
import os
import re
import runpy
import sys
import tempfile
from pathlib import Path

import hypothesis
import light  # noqa: F401
import pytest
from browser import CHROMIUM, LAB, PATIENCE, close_all, serve
from executed import REAL, executed
from xdist.scheduler import LoadScopeScheduling

SITE = Path(__file__).parent / "kernel" / "sitecustomize.py"
DEAR = ("notebook", "browser", "slow")  # what `make check` leaves to `make test`

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers with two each wait for one another
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # trl, the peer of our DPO, reports that it is used
os.environ["OFFLINE_LOG"] = tempfile.NamedTemporaryFile(suffix=".offline", delete=False).name
runpy.run_path(str(SITE))  # no network here either
if sys.platform == "linux":  # elsewhere a process that has threads is not forked safely
    os.environ["JUPYTER_PATH"] = str(SITE.parent)
    os.environ.setdefault("NURSERY", str(os.getpid()))  # one for all workers

# A busy machine is no defect. Where a server judges a change, chance has no part in it.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "quick", hypothesis.settings.get_profile("patient"), max_examples=25
)
hypothesis.settings.load_profile("patient")  # `make check` asks for the quick one


def pytest_sessionstart():
    """Nothing that is imported for the tests is garbage: to look for it there took a quarter of
    the collection."""
    gc.disable()


def pytest_collection_finish():
    gc.freeze()  # nor need the tests look through it again
    gc.enable()


def pytest_collection_modifyitems(items):
    """The dearest first, so that the many cheap ones fill the gaps between workers at the end."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, DEAR)))


class ByNotebook(LoadScopeScheduling):
    """One test after the other to whoever is free; all of one notebook to the same worker.

    So are those of the real model, which takes half a gigabyte.
    """

    def _split_scope(self, nodeid):
        wanted = re.search(r"[\[-](\d\d_\w+)\]$|test_(real_model)", nodeid)
        return wanted[1] or wanted[2] if wanted else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return ByNotebook(config, log)


@pytest.fixture(autouse=True)
def network_log():
    """The hosts that this test asked for, one a line: there should be none at its end."""
    log = Path(os.environ["OFFLINE_LOG"])
    log.write_text("")
    yield log
    asked = log.read_text()
    assert not asked, f"nothing may be fetched, but these hosts were asked for:\n{asked}"


# --- notebooks ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def runs(pytestconfig, tmp_path_factory):
    """The runs of notebooks that this worker has asked for, and where all workers keep theirs."""
    if hasattr(pytestconfig, "cache"):
        return {}, pytestconfig.cache.mkdir("notebooks")
    base = tmp_path_factory.getbasetemp()
    return {}, base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture
def notebook(request, runs):
    """The notebook of this name, as its first run left it."""
    name = request.param
    if name == REAL:
        require_real_model()
    here, folder = runs
    if name not in here:
        try:
            here[name] = executed(name, folder)
        except Exception as error:  # it would fail again for each test that wants it
            here[name] = error
    if isinstance(here[name], Exception):
        raise here[name]
    return here[name]


# --- the real model -----------------------------------------------------------------------------


def require_real_model():
    """Skip the test, or fail where PEDAGOGY_REQUIRE_REAL is set, if `make real` was not run."""
    from pedagogy.pretrained import is_converted  # after the settings above

    if not is_converted():
        reason = "no SmolLM2: the tests of the real model need `make real`"
        if os.environ.get("PEDAGOGY_REQUIRE_REAL"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def real():
    """SmolLM2, for tests that leave it as it is."""
    require_real_model()
    from pedagogy.pretrained import load_pretrained

    return load_pretrained(device="cpu")


# --- the browser --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
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


def open_page(browser):
    """A page that remembers the errors it showed."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    return page


@pytest.fixture(scope="session")
def page_of_lab(browser):
    page = open_page(browser)
    yield page
    page.context.close()


@pytest.fixture
def page(request, browser):
    """A new page; for JupyterLab that of the test before, with nothing open in it."""
    if "lab" in request.fixturenames:
        page = request.getfixturevalue("page_of_lab")
        page.errors.clear()
        yield page
        close_all(page)
    else:
        page = open_page(browser)
        yield page
        page.context.close()


@pytest.fixture(scope="session")
def lab_of_all(tmp_path_factory):
    yield from serve(tmp_path_factory.mktemp("lab"), *LAB)


@pytest.fixture
def lab(lab_of_all):
    """JupyterLab on a copy of the notebooks; what a test leaves running is ended."""
    yield lab_of_all
    lab_of_all.end_kernels()


@pytest.fixture(scope="session")
def voila(tmp_path_factory):
    yield from serve(tmp_path_factory.mktemp("voila"), "voila", "--Voila.ip=localhost")


# --- a library that takes seconds to import ----------------------------------------------------


@pytest.fixture
def datasets(monkeypatch):
    """The library of that name; online it would count each reading on a server."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    return datasets


# --- the end of the run ------------------------------------------------------------------------


def pytest_unconfigure():
    Path(os.environ["OFFLINE_LOG"]).unlink(missing_ok=True)


def pytest_terminal_summary(terminalreporter):
    """List what tests recorded with record_property("seconds", ...)."""
    for report in terminalreporter.getreports("passed"):
        seconds = dict(report.user_properties).get("seconds")
        if seconds and report.when == "call":
            terminalreporter.write_line(f"{report.nodeid}: {seconds}")
