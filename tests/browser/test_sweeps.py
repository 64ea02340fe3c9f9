"""Every page in both languages, both themes, on a narrow phone and on a desk: accessible, within the window, in order."""

import pathlib
import re

import axe_playwright_python
import pytest

import sights
from service import ROOT

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """async (runOnly) => {
    const found = await axe.run({ runOnly, resultTypes: ["violations"] });
    const why = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)} ${why(node)}`));
}"""
RULES = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    # The dark theme has other colours, and nothing else.
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
SHAPE = """() => ({
    lang: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    titled: document.title.trim().length > 3,
    wide: document.documentElement.scrollWidth > innerWidth && [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 120)).slice(0, 12),
    doubled: [...document.querySelectorAll("[id]")].map((one) => one.id).filter((id, at, all) => all.indexOf(id) !== at),
})"""
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 800}
# What routes.rs has, but for what is no page.
PAGES = re.findall(r'^ *get\("(/[^"]*)"', (ROOT / "src/pages/routes.rs").read_text(), re.MULTILINE)
PAGES = [path for path in PAGES if not path.endswith(("/live", "/export", ".csv"))]


@pytest.fixture(scope="module")
def standing(service):
    return sights.stand(service)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_page(visit, service, standing, language):
    found, asked = [], set()
    for name, visitor in sights.tours(standing, service, lambda: visit(size=NARROW, language=language)):
        page = visitor.page
        asked |= visitor.asked
        page.evaluate(AXE)
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            shape = page.evaluate(SHAPE)
            if shape != {"lang": language, "headings": 1, "titled": True, "wide": False, "doubled": []}:
                found.append(f"{name} at {size['width']}: {shape}")
            for theme, rules in RULES.items():
                page.emulate_media(color_scheme=theme)
                found += [f"{name} at {size['width']}, {theme}: {line}" for line in page.evaluate(RUN, rules)]
        page.set_viewport_size(NARROW)
        page.emulate_media(color_scheme="light")
    for path in PAGES:
        # What stands for a name is longer than the paths of other pages.
        pattern = re.sub(r"\{\w+\}", "[^/]{20,}", path)
        if not any(re.fullmatch(pattern, one) for one in asked):
            found.append(f"{path} is missing in tests/browser/sights.py")
    assert not found, "\n".join(found)
