"""What students and instructors do in JupyterLab, as functions of a Playwright page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Frame, FrameLocator, Locator, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE = 60_000  # milliseconds: how long a slow, busy machine may take for one step
SHORT = 5_000
EXECUTED = re.compile(r"\[\d+\]:")
PROMPT = ".jp-InputArea-prompt"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium of the distribution's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Lab:
    """One person's browser on the hub; pictures go to a folder, numbered in the order in which they are taken."""

    def __init__(self, browser: Browser, url: str, pictures: Path) -> None:
        self.url = url
        self.pictures = pictures
        self.context = browser.new_context(
            ignore_https_errors=True, viewport={"width": 1280, "height": 860}, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()

    def close(self) -> None:
        """End the session in the browser."""
        self.context.close()

    def picture(self, name: str) -> None:
        """Keep a screenshot as an artefact of the test."""
        number = len(list(self.pictures.glob("*.png"))) + 1
        self.page.screenshot(path=self.pictures / f"{number:02d}-{name}.png")

    def log_in(self, name: str, password: str) -> None:
        """Log in through the hub's form and wait for JupyterLab."""
        page = self.page
        page.goto(f"{self.url}/hub/login")
        page.fill("#username_input", name)
        page.fill("#password_input", password)
        self.picture(f"login-{name}")
        page.click("#login_submit")
        page.wait_for_url(f"**/user/{name}/lab**", timeout=2 * PATIENCE)
        self.wait_for_lab()

    def wait_for_lab(self) -> None:
        """JupyterLab is there, and has put away what it greets newcomers with."""
        self.page.wait_for_selector("#main.jp-LabShell")
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def status(self, path: str) -> int:
        """The HTTP status that this person gets for a path of the hub."""
        response = self.page.request.get(f"{self.url}{path}", max_redirects=5)
        return response.status

    def nbgrader_menu(self, command: str) -> None:
        """Choose an entry of the Nbgrader menu."""
        self._open_nbgrader_menu()
        self.page.click(f'#jp-mainmenu-nbgrader li[data-command="nbgrader:{command}"]')

    def nbgrader_menu_entries(self) -> list[str]:
        """The commands that the Nbgrader menu offers; the menu stays open."""
        entries = self._open_nbgrader_menu()
        commands = [
            entry.get_attribute("data-command") or "" for entry in entries.all() if entry.is_visible()
        ]
        return [command.removeprefix("nbgrader:") for command in commands]

    def _open_nbgrader_menu(self) -> Locator:
        """Open the menu, unless it is open: another click would close it."""
        entries = self.page.locator("#jp-mainmenu-nbgrader li[data-command]")
        if not self.page.locator("#jp-mainmenu-nbgrader").is_visible():
            self.page.click('div.lm-MenuBar-itemLabel:text("Nbgrader")')
        self.page.locator("#jp-mainmenu-nbgrader").wait_for()
        return entries


class AssignmentList:
    """The student's list of assignments, for one course."""

    def __init__(self, lab: Lab, course: str, assignment: str) -> None:
        self.lab, self.page = lab, lab.page
        self.course, self.assignment = course, assignment

    def open(self) -> None:
        """Open the list and wait until it is filled."""
        self.lab.nbgrader_menu("open-assignment-list")
        self.wait()

    def wait(self) -> None:
        """The three lists are loaded."""
        for kind in ("released", "fetched", "submitted"):
            self.page.locator(f"#{kind}_assignments_list_loading").wait_for(state="hidden")

    def item(self, kind: str) -> Locator:
        """The assignment's row in the list "released", "fetched" or "submitted"."""
        return self.page.locator(f"#{kind}_assignments_list > .list_item").filter(has_text=self.assignment)

    def fetch(self) -> None:
        """Press Fetch and wait until the assignment is among the downloaded ones."""
        self.item("released").locator(".item_status button:text('Fetch')").click()
        self.item("fetched").first.wait_for()
        self.wait()

    def open_notebook(self) -> Notebook:
        """Unfold the downloaded assignment and open its notebook."""
        link = self.item("fetched").locator("a.assignment-notebooks-link")
        unfolded = self.page.locator(f"#nbgrader-{self.course}-{self.assignment}.collapse.in")
        link.click()
        unfolded.wait_for()
        unfolded.locator(".item_name a").first.click()
        return Notebook(self.lab)

    def submit(self) -> None:
        """Press Submit and wait until the submission is listed."""
        self.item("fetched").locator(".item_status button:text-is('Submit')").first.click()
        self.item("submitted").first.wait_for()
        self.wait()

    def fetch_feedback(self) -> None:
        """Press Fetch Feedback and wait for the link to it."""
        self.item("submitted").locator("button:text('Fetch Feedback')").first.click()
        self.page.locator("a:has-text('view feedback')").first.wait_for()

    def open_feedback(self) -> Frame:
        """Follow the link to the feedback's folder, open the page in it, and return the frame that shows it."""
        self.page.locator("a:has-text('view feedback')").first.click()
        self.page.locator(f".jp-DirListing-item:has-text('{self.assignment}.html')").dblclick()
        holder = self.page.locator(".jp-HTMLViewer iframe")
        holder.wait_for()
        frame = holder.element_handle().content_frame()
        assert frame is not None
        frame.wait_for_load_state()
        return frame


def new_notebook(lab: Lab) -> Notebook:
    """Open an empty notebook from the launcher."""
    page = lab.page
    page.click('div.lm-MenuBar-itemLabel:text-is("File")')
    page.click('.lm-Menu-itemLabel:text-is("New")')
    page.click('.lm-Menu-itemLabel:text-is("Notebook")')
    page.locator("button.jp-mod-accept").click()
    return Notebook(lab)


class Notebook:
    """The open notebook."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.page = lab, lab.page
        self.panel = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.panel.wait_for()
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """The kernel is connected: a run sent earlier would be lost."""
        expect(self.page.locator("#jp-bottom-panel")).to_contain_text("| Idle", timeout=PATIENCE)

    def cell(self, text: str) -> Locator:
        """The code cell whose source contains a text, scrolled to; JupyterLab draws only what is near."""
        cell = self.panel.locator(".jp-CodeCell").filter(
            has=self.page.locator(".jp-InputArea-editor").filter(has_text=text)
        )
        self.panel.locator(".jp-WindowedPanel-outer").hover()
        for step in range(100):
            if cell.count():
                cell.first.scroll_into_view_if_needed()
                return cell.first
            self.page.mouse.wheel(0, -100_000 if step == 0 else 400)
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no code cell contains {text!r}")

    def write(self, cell: Locator, code: str) -> None:
        """Replace a cell's source."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)

    def run(self, cell: Locator) -> str:
        """Run a cell and return the text of its output."""
        prompt = cell.locator(PROMPT).first
        for _ in range(3):
            before = prompt.inner_text()
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            if self._ran(prompt, before):
                break
        expect(prompt).to_have_text(EXECUTED, timeout=PATIENCE)
        self.wait_until_idle()
        return cell.locator(".jp-Cell-outputWrapper").inner_text()

    def _ran(self, prompt: Locator, before: str) -> bool:
        for _ in range(SHORT // 100):
            if prompt.inner_text() != before:
                return True
            self.page.wait_for_timeout(100)
        return False

    def save(self) -> None:
        """Save and wait until the tab no longer shows that there is something to save."""
        self.page.keyboard.press("Control+s")
        self.page.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty").wait_for(state="detached")

    def validate(self) -> str:
        """Press Validate and return what it says."""
        self.panel.locator(".validate-button").click()
        dialog = self.page.locator(".jp-Dialog-content")
        dialog.wait_for()
        self.lab.picture("validate")
        text = dialog.inner_text()
        self.page.click("button.jp-mod-accept")
        dialog.wait_for(state="detached")
        return text


class Formgrader:
    """The course account's formgrader, as an instructor sees it."""

    def __init__(self, lab: Lab, course: str, assignment: str) -> None:
        self.lab, self.page, self.course, self.assignment = lab, lab.page, course, assignment
        self.frame: FrameLocator = self.page.frame_locator("#formgrader-iframe iframe")

    def open(self) -> None:
        """Go to the course's service and open the formgrader there."""
        self.page.goto(f"{self.lab.url}/services/{self.course}/lab?reset")
        self.lab.wait_for_lab()
        self.lab.nbgrader_menu("open-formgrader")
        self.row.wait_for()

    @property
    def row(self) -> Locator:
        """The assignment's row of the list."""
        return self.frame.locator(f"tr:has(td.name[data-order='{self.assignment}'])")

    def student(self, name: str) -> Locator:
        """A student's row in the assignment's list of submissions."""
        return self.frame.locator(f"tr:has(td.student-id:has-text('{name}'))")

    def press(self, row: Locator, button: str, picture: str = "") -> str:
        """Press a row's button, wait for its answer, close it; returns the answer."""
        row.locator(f"td.{button} a").click()
        modal = self.frame.locator(".modal.in .modal-content")
        expect(modal).to_contain_text(re.compile("Success|Error"), timeout=3 * PATIENCE)
        if picture:
            self.lab.picture(picture)
        text = modal.inner_text()
        modal.locator("button:has-text('OK'), button:has-text('Close')").first.click()
        self.frame.locator(".modal").wait_for(state="hidden")
        return text

    def open_submissions(self, name: str) -> None:
        """Click the number of submissions and wait for a student's row."""
        self.row.locator("td.num-submissions a").click()
        self.student(name).wait_for()
