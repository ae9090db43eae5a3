"""Changing an image's words in the large view, and deleting it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import OpenPage
from .test_looks import LOOKS, violations
from .test_viewer import title, view
from .writing import Writable


def opened(open_page: OpenPage, writable: Writable, id: str, **options: Any) -> Page:
    """The large view of an image, for somebody with a key."""
    page = open_page(writable.url, **options)
    page.evaluate("key => sessionStorage.setItem('calotype-key', key)", writable.key)
    page.goto(f"{writable.url}/?image={id}")
    expect(title(page)).to_be_visible()
    return page


def editing(page: Page) -> Locator:
    """The form, once it knows the version that it begins from."""
    with page.expect_response(
        lambda answer: "authorization" in answer.request.headers and answer.request.method == "GET"
    ):
        view(page).get_by_role("button", name="Edit", exact=True).click()
    form = view(page).get_by_role("form", name="Edit")
    expect(form.get_by_label("Title")).to_be_focused()
    return form


def save(form: Locator) -> None:
    form.get_by_role("button", name="Save").click()


def test_without_a_key_nothing_can_be_changed(page: Page) -> None:
    page.locator(".tile a").first.click()
    expect(title(page)).to_be_visible()
    expect(view(page).get_by_role("button", name="Edit")).to_have_count(0)


def test_what_is_saved_is_shown_everywhere(open_page: OpenPage, writable: Writable) -> None:
    id = writable.add(title="Before", tags="old")["id"]
    page = opened(open_page, writable, id)
    form = editing(page)
    form.get_by_label("Title").fill("After")
    form.get_by_label("Description").fill("Two\nlines")
    form.get_by_label("Alternative text").fill("what it shows")
    form.get_by_label("Tags").fill('new, "with, comma"')
    save(form)
    expect(title(page)).to_have_text("After")
    expect(view(page).get_by_role("button", name="Edit", exact=True)).to_be_focused()
    expect(view(page).get_by_role("list", name="Tags")).to_contain_text("with, comma")
    expect(page.locator(f"[data-id='{id}'] img")).to_have_attribute("alt", "what it shows")
    writable.has(
        id,
        title="After",
        description="Two\nlines",
        alt="what it shows",
        tags=["new", "with, comma"],
    )


def test_only_what_was_typed_is_changed(open_page: OpenPage, writable: Writable) -> None:
    id = writable.add(title="Title", description="Of its own", tags="one")["id"]
    form = editing(opened(open_page, writable, id))
    with form.page.expect_request(lambda request: request.method == "PATCH") as asked:
        form.get_by_label("Title").fill("Other")
        save(form)
    assert asked.value.post_data_json == {"title": "Other"}
    assert asked.value.headers["if-match"].startswith('"')


def test_an_emptied_field_is_empty(open_page: OpenPage, writable: Writable) -> None:
    id = writable.add(title="Title", description="Too much")["id"]
    page = opened(open_page, writable, id)
    form = editing(page)
    form.get_by_label("Description").fill("")
    save(form)
    expect(form).to_have_count(0)
    writable.has(id, description="")


def test_when_somebody_else_was_quicker_both_texts_are_there(
    open_page: OpenPage, writable: Writable, complaints: list[str]
) -> None:
    id = writable.add(title="Common", description="Common")["id"]
    page = opened(open_page, writable, id)
    form = editing(page)
    form.get_by_label("Title").fill("Mine")
    writable.change(id, title="Theirs", description="Theirs too")
    save(form)
    expect(form.get_by_role("alert")).to_contain_text("Somebody else has changed this image")
    expect(form.get_by_label("Title")).to_have_value("Mine")
    expect(form.get_by_text("Theirs: Theirs")).to_be_visible()
    expect(form.get_by_label("Description")).to_have_value("Theirs too")
    complaints.clear()  # the browser reports the 412
    save(form)
    expect(title(page)).to_have_text("Mine")
    writable.has(id, title="Mine", description="Theirs too")


def test_theirs_can_be_taken(
    open_page: OpenPage, writable: Writable, complaints: list[str]
) -> None:
    id = writable.add(title="Common")["id"]
    page = opened(open_page, writable, id)
    form = editing(page)
    form.get_by_label("Title").fill("Mine")
    writable.change(id, title="Theirs")
    save(form)
    form.get_by_role("button", name="Take theirs").click()
    expect(form.get_by_label("Title")).to_have_value("Theirs")
    expect(form.get_by_label("Title")).to_be_focused()
    complaints.clear()  # the browser reports the 412


def test_a_service_that_refuses_the_text_is_heard_and_the_text_kept(
    open_page: OpenPage, writable: Writable, complaints: list[str]
) -> None:
    id = writable.add(title="Short")["id"]
    form = editing(opened(open_page, writable, id))
    form.get_by_label("Title").fill("long " * 10_000)
    save(form)
    expect(form.get_by_role("alert")).to_contain_text("your text is kept")
    expect(form.get_by_label("Title")).to_have_value("long " * 10_000)
    complaints.clear()  # the browser reports the 400


def test_what_was_typed_waits_while_one_looks_elsewhere(
    open_page: OpenPage, writable: Writable
) -> None:
    writable.add(title="Neighbour")
    id = writable.add(title="Here")["id"]
    page = opened(open_page, writable, id)
    editing(page).get_by_label("Title").fill("Half a senten")
    page.keyboard.press("Escape")
    expect(title(page)).to_have_text("Here")
    page.get_by_role("button", name="Next image").click()
    expect(title(page)).not_to_have_text("Here")
    page.get_by_role("button", name="Previous image").click()
    view(page).get_by_role("button", name="Edit, not saved").click()
    expect(view(page).get_by_label("Title")).to_have_value("Half a senten")


def test_keys_type_while_one_types(open_page: OpenPage, writable: Writable) -> None:
    id = writable.add(title="Keys")["id"]
    page = opened(open_page, writable, id)
    page.keyboard.press("e")
    field = view(page).get_by_label("Title")
    expect(field).to_be_focused()
    field.fill("")
    page.keyboard.type("izze")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("/")
    expect(field).to_have_value("izz/e")
    expect(title(page)).to_have_text("Keys")


def test_delete_asks_first(open_page: OpenPage, writable: Writable) -> None:
    id = writable.add(title="Not yet")["id"]
    page = opened(open_page, writable, id)
    editing(page).get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete “Not yet”?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(view(page).get_by_role("form", name="Edit")).to_be_visible()
    assert writable.answer(id).status_code == 200


def test_what_is_deleted_is_gone(open_page: OpenPage, writable: Writable) -> None:
    id = writable.add(title="Away with it")["id"]
    page = opened(open_page, writable, id)
    editing(page).get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog", name="Delete").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status").filter(has_text="deleted")).to_have_text(
        "“Away with it” is deleted."
    )
    expect(view(page)).to_have_count(0)
    expect(page.locator(f"[data-id='{id}']")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/$"))
    gone = writable.until(id, lambda answer: answer.status_code == 404)
    assert gone.status_code == 404


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(
    open_page: OpenPage, writable: Writable, look: str, complaints: list[str]
) -> None:
    id = writable.add(title="Seen by axe", tags="one, two")["id"]
    page = opened(open_page, writable, id, **{**LOOKS[look], "reduced_motion": "reduce"})
    form = editing(page)
    form.get_by_label("Title").fill("Mine")
    writable.change(id, title="Theirs")
    save(form)
    expect(form.get_by_role("button", name="Take theirs")).to_be_visible()
    complaints.clear()  # the browser reports the 412
    assert violations(page) == []
    form.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog", name=re.compile("^Delete"))).to_be_visible()
    assert violations(page) == []
