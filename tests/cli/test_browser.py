"""The page of ``report`` in a real browser: filter, keyboard, links, memory, contrast, and that it asks nobody."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import run, stack
from tests.support.conversion import FIXTURES

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

CHROMIUM, DRIVER = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")

pytestmark = [
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"),
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
]

FLAGS = """
--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --hide-scrollbars
"""
HERE = ("--host", "none", "--scope", "user", "--podman-version", "5.4")

CONTRASTS = """
const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const light = (c) => c.slice(0, 3).map((v) => linear(v / 255))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const paper = (e) => {
  for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c;
  }
  return [255, 255, 255];
};
const found = [];
for (const e of document.querySelectorAll("body *")) {
  const has = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!has || e.closest("script, svg, [hidden], dialog")) continue;
  const [a, b] = [light(rgb(getComputedStyle(e).color)), light(paper(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.push(`${e.tagName} ${e.className} ${ratio.toFixed(2)} ${e.textContent.slice(0, 40)}`);
}
return [...new Set(found)];
"""
"""Texts whose contrast is below 4.5:1 (WCAG 2.2, 1.4.3)."""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    with webdriver.Chrome(options=options, service=Service(DRIVER)) as made:
        yield made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the fixtures' projects, and one that cannot be converted."""
    folder = tmp_path_factory.mktemp("page")
    stack(folder, "broken", "services:\n  web: {image: 'x:1', bogus: 1}\n")
    projects = [str(p) for p in sorted((FIXTURES / "projects").iterdir())]
    assert run("report", *projects, "broken", *HERE, "-o", "report.html", cwd=folder).returncode == 0
    return folder / "report.html"


@pytest.fixture
def page(driver: Any, file: Path) -> Any:
    """A fresh page, of which nothing is remembered."""
    size(driver, 1280, 900)
    driver.get(file.as_uri())
    driver.execute_script("localStorage.clear()")
    driver.get(file.as_uri())
    return driver


def size(driver: Any, width: int, height: int) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def shown(page: Any) -> list[str]:
    """The titles of the projects that can be seen."""
    script = 'return [...document.querySelectorAll(".p:not([hidden]) h2")].map((e) => e.textContent)'
    found: list[str] = page.execute_script(script)
    return found


def press(page: Any, keys: str) -> None:
    page.switch_to.active_element.send_keys(keys)


def here(page: Any) -> str:
    found: str = page.execute_script('return document.querySelector(".here h2")?.textContent || ""')
    return found


def test_filter(page: Any) -> None:
    everything = shown(page)
    press(page, "/")
    press(page, "port-clash vpn")
    assert shown(page) == ["media"]
    assert page.find_element("id", "shown").text == f"1 of {len(everything)} projects"
    press(page, "\ue003" * len("port-clash vpn"))  # backspace
    assert shown(page) == everything


def test_keyboard(page: Any) -> None:
    titles = shown(page)
    press(page, "j")
    assert here(page) == titles[0]
    press(page, "jj")
    assert here(page) == titles[2]
    press(page, "k")
    assert here(page) == titles[1]
    press(page, "?")
    assert page.find_element("id", "help").is_displayed()
    press(page, "j")  # which is not for the page now
    page.execute_script('document.getElementById("help").close()')
    assert here(page) == titles[1]


def test_clean_projects_are_hidden(page: Any) -> None:
    everything = shown(page)
    press(page, "c")
    assert 0 < len(shown(page)) < len(everything)
    assert "broken" in shown(page)


def test_viewed_is_remembered_until_something_changes(page: Any, file: Path) -> None:
    press(page, "j")
    title = here(page)
    press(page, "v")
    assert not page.execute_script('return document.querySelector(".here").open')
    page.get(file.as_uri())
    assert page.execute_script('return document.querySelectorAll(".viewed:checked").length') == 1
    page.find_element("id", "seen").click()
    assert title not in shown(page)
    page.get(file.as_uri())
    assert title not in shown(page)
    changed = file.with_name("changed.html")
    digest = page.execute_script('return document.querySelector(".p[hidden]").dataset.digest')
    changed.write_text(file.read_text().replace(digest, "0" * len(digest)))
    page.get(changed.as_uri())
    assert title in shown(page)


def test_links(page: Any) -> None:
    link = page.find_element("css selector", 'a[href^="#p"]')
    target = link.get_attribute("href").partition("#")[2]
    page.execute_script("arguments[0].click()", link)
    place = page.execute_script(f'return document.getElementById("{target}").getBoundingClientRect().top')
    assert 0 <= place < 900
    assert page.execute_script(f'return document.getElementById("{target}").matches(":target")')


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_and_width(page: Any, theme: str, width: int) -> None:
    size(page, width, 900)
    page.find_element("id", "all").click()
    page.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
    assert page.execute_script(CONTRASTS) == []
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_light_and_dark(page: Any, file: Path) -> None:
    def dark() -> bool:
        found: str = page.execute_script("return getComputedStyle(document.body).backgroundColor")
        return found != "rgb(255, 255, 255)"

    for scheme in ("dark", "light"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        assert dark() is (scheme == "dark")
    page.find_element("id", "theme").click()
    assert dark()
    page.get(file.as_uri())
    assert dark()


def test_no_request_leaves(page: Any, file: Path) -> None:
    page.get_log("performance")
    page.get_log("browser")
    page.get(file.as_uri())
    for keys in ("/", "web"):
        press(page, keys)
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    requests = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert requests == [file.as_uri()]
    assert page.get_log("browser") == []  # nor does the policy refuse anything of the page


def test_the_policy_refuses_requests(page: Any) -> None:
    """So that the test above is about a page that could not ask, even if something of others got into it."""
    script = 'fetch("https://example.invalid/").then(() => arguments[0]("sent"), () => arguments[0]("refused"))'
    assert page.execute_async_script(script) == "refused"
    assert any("Content Security Policy" in entry["message"] for entry in page.get_log("browser"))


def test_without_javascript(driver: Any, file: Path) -> None:
    """Everything is there, and what needs JavaScript is not."""
    size(driver, 1280, 900)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        driver.get(file.as_uri())
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        assert len(shown(driver)) == 15
        assert not driver.find_element("class name", "bar").is_displayed()
        summary = driver.find_element("css selector", ".p:not([open]) > summary")
        summary.click()
        assert summary.find_element("xpath", "..").get_attribute("open")
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_300_projects_open_at_once(driver: Any, tmp_path: Path) -> None:
    text = (FIXTURES / "projects/homelab/compose.yaml").read_text().replace("name: recipes", "")
    names = [f"stack{n:03}" for n in range(300)]
    for n, name in enumerate(names):
        stack(tmp_path, name, text.replace("8080:8080", f"{10000 + n}:8080"))
    assert run("report", *names, *HERE, "-o", "report.html", cwd=tmp_path).returncode == 0
    size(driver, 1280, 900)
    driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    seconds = []
    for _ in range(3):
        before = spent(driver)
        driver.get((tmp_path / "report.html").as_uri())
        seconds.append(spent(driver) - before)
    assert len(shown(driver)) == 300
    assert min(seconds) < 1


def spent(driver: Any) -> float:
    """The seconds of processor time that pages have taken; other work on the machine does not count."""
    metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))
