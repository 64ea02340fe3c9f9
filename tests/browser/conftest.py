"""One service and one browser for all tests; a context of its own for each visitor.

CLIENTPASS_BINARY says which binary, else target/debug/clientpass.
"""

import os

import pytest
from playwright.sync_api import sync_playwright

import visitor
from service import ROOT, Service, texts


@pytest.fixture(scope="session")
def service():
    running = Service(os.environ.get("CLIENTPASS_BINARY") or ROOT / "target/debug/clientpass")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = visitor.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def words():
    return texts()


@pytest.fixture
def visit(chromium, service):
    """Opens a browser of somebody's own; at the end, nothing must have been wrong in any of them."""
    visitors = []

    def open_one(**wish):
        visitors.append(visitor.Visitor(chromium, service, **wish))
        return visitors[-1]

    yield open_one
    wrong = [line for one in visitors for line in one.wrong]
    for one in visitors:
        one.context.close()
    assert not wrong
