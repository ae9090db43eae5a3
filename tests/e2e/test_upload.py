"""The upload page: the key, the ways in, and what becomes of each file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import OpenPage
from .test_looks import LOOKS, PHONE, violations
from .writing import Writable, picture, picture_file

REMEMBER = "key => sessionStorage.setItem('calotype-key', key)"


@pytest.fixture
def uploading(open_page: OpenPage, writable: Writable) -> Page:
    """The upload page, with a key."""
    return unlocked(open_page, writable)


def unlocked(open_page: OpenPage, writable: Writable, **options: Any) -> Page:
    page = open_page(f"{writable.url}/upload", **options)
    page.evaluate(REMEMBER, writable.key)
    page.reload()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    return page


def choose(page: Page, *files: Path) -> None:
    page.locator("#files").set_input_files(list(files))


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_title(name, exact=True))


def send(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Upload [0-9]+ image")).click()


def key_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="API key")


def enter_key(page: Page, key: str) -> None:
    key_field(page).fill(key)
    page.get_by_role("button", name="Use this key").click()


def throttle(page: Page) -> Callable[[int], None]:
    """A function that lets the network take so many bytes a second; -1 is as many as it can."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def limit(rate: int) -> None:
        limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
        session.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": rate})

    return limit


# The key.


def test_without_a_key_there_is_only_the_question_for_one(
    open_page: OpenPage, writable: Writable
) -> None:
    page = open_page(f"{writable.url}/upload")
    expect(key_field(page)).to_be_visible()
    expect(page.get_by_role("button", name="Choose files")).to_be_hidden()


def test_a_key_is_checked_and_kept_for_the_tab(
    open_page: OpenPage, writable: Writable, complaints: list[str]
) -> None:
    page = open_page(f"{writable.url}/upload")
    enter_key(page, f"ck_{'0' * 16}_{'x' * 43}")
    expect(page.get_by_role("alert")).to_contain_text("not valid here")
    complaints.clear()  # the browser reports the 401
    enter_key(page, writable.key)
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    expect(page.locator("#key-line")).to_contain_text("browser tests")
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()


def test_a_key_is_remembered_on_the_device_only_if_asked_and_can_be_forgotten(
    open_page: OpenPage, writable: Writable
) -> None:
    page = open_page(f"{writable.url}/upload")
    page.get_by_label("Remember on this device").check()
    enter_key(page, writable.key)
    another_tab = page.context.new_page()
    another_tab.goto(f"{writable.url}/upload")
    expect(another_tab.locator("#key-line")).to_contain_text("remembered on this device")
    another_tab.get_by_role("button", name="Forget it").click()
    expect(key_field(another_tab)).to_be_focused()
    assert another_tab.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_a_key_that_is_no_longer_good_is_asked_for_again(
    open_page: OpenPage, writable: Writable, tmp_path: Path, complaints: list[str]
) -> None:
    page = unlocked(open_page, writable)
    choose(page, picture_file(tmp_path, "kept.png"))
    row(page, "kept.png").get_by_label("Title").fill("Kept through the question")
    page.evaluate(REMEMBER, f"ck_{'0' * 16}_{'x' * 43}")
    send(page)
    dialog = page.get_by_role("dialog", name="Another key is needed")
    expect(dialog).to_be_visible()
    complaints.clear()  # the browser reports the 401
    enter_key(page, writable.key)
    expect(dialog).to_have_count(0)
    send(page)
    expect(row(page, "kept.png")).to_contain_text("Kept through the question")
    expect(row(page, "kept.png")).to_contain_text("Added")


# The ways in.


def test_a_chosen_file_is_kept_with_its_words(
    uploading: Page, writable: Writable, tmp_path: Path
) -> None:
    choose(uploading, picture_file(tmp_path, "words.png"))
    fields = row(uploading, "words.png")
    fields.get_by_label("Title").fill("A round thing")
    fields.get_by_label("Description").fill("Round, on paper.")
    fields.get_by_label("Alternative text").fill("an ellipse")
    fields.get_by_label("Tags").fill("round, paper")
    uploading.get_by_text("The same for all").click()
    uploading.locator("#common").get_by_label("Tags").fill("batch")
    uploading.locator("#common").get_by_label("Creator").fill("Ada Draughts")
    send(uploading)
    link = row(uploading, "words.png").get_by_role("link", name="Open A round thing")
    href = link.get_attribute("href") or ""
    writable.has(
        href.removeprefix("/?image="),
        title="A round thing",
        description="Round, on paper.",
        alt="an ellipse",
        creator="Ada Draughts",
        tags=["batch", "round", "paper"],
    )
    link.click()
    expect(uploading.get_by_role("dialog").get_by_role("heading")).to_have_text("A round thing")


def test_a_dropped_folder_is_taken_with_all_images_in_it(uploading: Page, tmp_path: Path) -> None:
    picture_file(tmp_path, "album/one.png")
    picture_file(tmp_path, "album/deep/two.png")
    (tmp_path / "album" / "notes.txt").write_text("no image")
    (tmp_path / "album" / ".DS_Store").write_text("nothing of interest")
    drop(uploading, tmp_path / "album")
    expect(uploading.get_by_role("heading", name="one.png")).to_be_visible()
    expect(uploading.get_by_title("album/deep/two.png")).to_be_visible()
    expect(uploading.locator("#picked")).to_have_text("1 file left out, no images: notes.txt.")
    expect(uploading.locator("#summary")).to_have_text("2 images to upload")


def drop(page: Page, *paths: Path) -> None:
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def test_a_pasted_image_is_taken(uploading: Page) -> None:
    uploading.evaluate(
        """bytes => {
          const clipboardData = new DataTransfer();
          const options = { type: "image/png" };
          clipboardData.items.add(new File([new Uint8Array(bytes)], "image.png", options));
          const pasted = new ClipboardEvent("paste", { clipboardData, bubbles: true });
          document.body.dispatchEvent(pasted);
        }""",
        list(picture()),
    )
    expect(uploading.get_by_role("heading", name=re.compile(r"^Pasted .+\.png$"))).to_be_visible()


def test_a_thumbnail_is_there_before_anything_is_sent(uploading: Page, tmp_path: Path) -> None:
    sent: list[str] = []
    uploading.on("request", lambda request: sent.append(request.method))
    choose(uploading, picture_file(tmp_path, "seen.png"))
    expect(row(uploading, "seen.png").locator("canvas")).to_be_visible()
    expect(row(uploading, "seen.png")).to_contain_text("480 × 320")
    assert "POST" not in sent


def test_a_name_with_markup_stays_text(uploading: Page, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.png"
    choose(uploading, picture_file(tmp_path, name))
    expect(uploading.get_by_role("heading", name=name)).to_be_visible()
    assert uploading.locator("img[src='x']").count() == 0


# What becomes of them.


def test_the_same_bytes_again_are_already_there(
    uploading: Page, writable: Writable, tmp_path: Path
) -> None:
    file = picture_file(tmp_path, "again.png")
    choose(uploading, file)
    send(uploading)
    first = row(uploading, "again.png").get_by_role("link", name="Open")
    href = first.get_attribute("href") or ""
    uploading.get_by_role("button", name="Clear what is done").click()
    choose(uploading, file)
    send(uploading)
    expect(row(uploading, "again.png")).to_contain_text("Already here")
    again = row(uploading, "again.png").get_by_role("link", name="Open")
    expect(again).to_have_attribute("href", href)


def test_each_file_is_answered_for_itself(
    uploading: Page, tmp_path: Path, complaints: list[str]
) -> None:
    broken = tmp_path / "letter.png"
    broken.write_text("Dear Ada, this is a letter.")
    choose(uploading, picture_file(tmp_path, "good.png"), broken)
    send(uploading)
    expect(row(uploading, "good.png")).to_contain_text("Added")
    expect(row(uploading, "letter.png")).to_contain_text(re.compile(r"Refused\. .{10}"))
    expect(uploading.locator("#summary")).to_have_text("1 added, 1 refused")
    complaints.clear()  # the browser reports the 422


def test_a_file_on_its_way_is_cancelled_and_sent_again(uploading: Page, tmp_path: Path) -> None:
    path = tmp_path / "slow.png"
    path.write_bytes(picture() + bytes(3_000_000))  # what follows the end of a PNG is not read
    choose(uploading, path)
    limit = throttle(uploading)
    limit(50_000)
    send(uploading)
    bar = row(uploading, "slow.png").get_by_role("progressbar")
    expect(bar).to_have_attribute("value", re.compile(r"^0\.0*[1-9]"))
    row(uploading, "slow.png").get_by_role("button", name="Cancel").click()
    expect(row(uploading, "slow.png")).to_contain_text("Cancelled")
    limit(-1)
    row(uploading, "slow.png").get_by_role("button", name="Try again").click()
    expect(row(uploading, "slow.png")).to_contain_text("Added")


def test_a_file_that_did_not_arrive_is_sent_again(
    uploading: Page, tmp_path: Path, complaints: list[str]
) -> None:
    choose(uploading, picture_file(tmp_path, "offline.png"))
    uploading.context.set_offline(True)
    send(uploading)
    expect(row(uploading, "offline.png")).to_contain_text("Not sent. The service did not answer.")
    complaints.clear()  # the browser reports that there is no network
    uploading.context.set_offline(False)
    uploading.get_by_role("button", name="Try 1 again").click()
    expect(row(uploading, "offline.png")).to_contain_text("Added")


def test_a_file_is_taken_from_the_list_before_it_is_sent(uploading: Page, tmp_path: Path) -> None:
    choose(uploading, picture_file(tmp_path, "stays.png"), picture_file(tmp_path, "goes.png"))
    uploading.get_by_role("button", name="Remove from the list: goes.png").click()
    expect(row(uploading, "goes.png")).to_have_count(0)
    expect(uploading.locator("#summary")).to_have_text("1 image to upload")


def test_what_was_added_is_in_the_list_at_once(
    uploading: Page, tmp_path: Path, writable: Writable
) -> None:
    uploading.goto(writable.url)
    expect(uploading.locator(".tile").first).to_be_visible()  # and the browser keeps the answer
    uploading.goto(f"{writable.url}/upload")
    choose(uploading, picture_file(tmp_path, "fresh.png"))
    row(uploading, "fresh.png").get_by_label("Title").fill("Fresh from the press")
    send(uploading)
    uploading.get_by_role("link", name="See all images").click()
    expect(uploading.get_by_role("img", name="Fresh from the press")).to_be_attached()


# For everybody.


def test_everything_with_the_keyboard_alone(uploading: Page, tmp_path: Path) -> None:
    choose(uploading, picture_file(tmp_path, "keys.png"))
    field = row(uploading, "keys.png").get_by_label("Title")
    press_until_focused(uploading, field)
    uploading.keyboard.type("Typed")
    press_until_focused(uploading, uploading.get_by_role("button", name="Upload 1 image"))
    uploading.keyboard.press("Enter")
    expect(row(uploading, "keys.png")).to_contain_text("Added")
    expect(uploading.get_by_role("link", name="See all images")).to_be_focused()


def press_until_focused(page: Page, target: Locator) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("the Tab key does not lead there")


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(
    open_page: OpenPage,
    writable: Writable,
    tmp_path: Path,
    look: str,
    complaints: list[str],
) -> None:
    options = {**LOOKS[look], "reduced_motion": "reduce"}
    page = open_page(f"{writable.url}/upload", **options)
    expect(key_field(page)).to_be_visible()
    found = {"asked": violations(page)}
    page.evaluate(REMEMBER, writable.key)
    page.reload()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    found["empty"] = violations(page)
    broken = tmp_path / "broken.png"
    broken.write_text("no image")
    choose(page, picture_file(tmp_path, "one.png"), broken)
    expect(row(page, "one.png").locator("canvas")).to_be_visible()
    found["chosen"] = violations(page)
    send(page)
    expect(page.locator("#summary")).to_have_text("1 added, 1 refused")
    found["done"] = violations(page)
    complaints.clear()  # the browser reports the 422
    assert [state for state, those in found.items() if those] == [], found


def test_a_phone_never_scrolls_sideways(
    open_page: OpenPage, writable: Writable, tmp_path: Path
) -> None:
    page = unlocked(open_page, writable, **PHONE)
    choose(page, picture_file(tmp_path, f"{'long-' * 30}name.png"))
    expect(page.locator("canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, .brand, main input')]
          .filter((node) => node.checkVisibility())
          .map((node) => [node.outerHTML.slice(0, 80), node.getBoundingClientRect()])
          .filter(([, { width, height }]) => Math.min(width, height) < 44)
          .map(([html, { width, height }]) => `${html} ${width}×${height}`)"""
    )
    assert small == []
