"""Writes a picture of every page: scripts/screenshots --help says the rest."""

import os
import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright

import sights
from service import Service
from visitor import Visitor, launch

WIDTHS = (390, 1280)
# Pages that are looked at in the dark as well: one of each kind of colour.
DARK = ("sign-in-wrong", "start-factor", "start-codes", "overview", "new", "new-wrong", "new-seen", "passwords", "security", "end")


def main():
    binary, folder, wanted = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    service, wrong, count = Service(binary), [], 0
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            standing = sights.stand(service)
            for language in ("en", "zh-Hans"):
                visitors = []

                def open_one():
                    size = {"width": WIDTHS[0], "height": 844}
                    visitors.append(Visitor(browser, service, size=size, language=language))
                    return visitors[-1]

                for name, visitor in sights.tours(standing, service, open_one):
                    if wanted and not any(part in name for part in wanted):
                        continue
                    page = visitor.page
                    for width in WIDTHS:
                        page.set_viewport_size({"width": width, "height": 844})
                        for theme in ("light", "dark") if name in DARK and language == "en" else ("light",):
                            page.emulate_media(color_scheme=theme)
                            ending = "-dark" if theme == "dark" else ""
                            page.screenshot(path=folder / f"{name}-{width}-{language}{ending}.png", full_page=True)
                            count += 1
                    page.emulate_media(color_scheme="light")
                    page.set_viewport_size({"width": WIDTHS[0], "height": 844})
                wrong += [line for visitor in visitors for line in visitor.wrong]
            browser.close()
    finally:
        service.stop()
    print(f"{count} pictures in {os.path.relpath(folder)}")
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
