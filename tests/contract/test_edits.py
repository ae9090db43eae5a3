"""What people say of images: it goes before the files, and stays whatever becomes of them."""

from __future__ import annotations

import threading

import pytest

from calotype.catalog import Catalog, Drop, Edit, Pixels, Release, Retext, Spoil, Withhold, Words
from calotype.errors import NotFound, PreconditionFailed

from .test_catalog import A, B, got, put, seqs

FILE = Words(title="In the file", tags=("file",), creator="Ada")
BESIDE = Words(title="Beside the file", description="From a table", tags=("table",))


@pytest.fixture
def one(catalog: Catalog) -> Catalog:
    """A catalog with one image, that has words in and beside its file."""
    catalog.apply([put(A, "a.jpg", embedded=FILE, beside=BESIDE)])
    return catalog


def test_an_edit_goes_before_what_is_beside_and_in_the_file(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "Edited", "creator": "Bob"})])
    found = got(one, A)
    assert (found.title, found.description, found.creator) == ("Edited", "From a table", "Bob")


def test_an_edit_is_a_change(one: Catalog) -> None:
    applied = one.apply([Edit(A, {"title": "Edited"})])
    assert (applied.changed, applied.seq) == ([A], 2)
    assert seqs(one) == [(2, A, True)]


def test_the_same_edit_again_is_none(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "Edited"})])
    assert one.apply([Edit(A, {"title": "Edited"})]).changed == []


def test_edited_tags_replace_all_others(one: Catalog) -> None:
    one.apply([Edit(A, {"tags": ("mine", "yours")})])
    assert got(one, A).tags == ("mine", "yours")


def test_a_text_can_be_set_to_nothing(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "", "tags": ()})])
    assert (got(one, A).title, got(one, A).tags) == ("", ())


def test_null_takes_an_edit_back(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "Edited", "tags": ("mine",)})])
    one.apply([Edit(A, {"title": None, "tags": None})])
    assert (got(one, A).title, got(one, A).tags) == ("Beside the file", ("table", "file"))


def test_an_edit_leaves_other_fields_and_other_edits(one: Catalog) -> None:
    one.apply([Edit(A, {"alt": "A kite"})])
    one.apply([Edit(A, {"title": "Edited"})])
    assert (got(one, A).alt, got(one, A).creator) == ("A kite", "Ada")


def test_an_edit_outlives_a_new_look_at_the_file(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "Edited"})])
    one.apply([put(A, "a.jpg", version="2", embedded=Words(title="Another"))])
    one.apply([Retext("/s", "a.jpg", Words(title="Beside anew"), "2")])
    assert got(one, A).title == "Edited"


def test_an_edit_belongs_to_the_content_and_comes_back_with_it(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "Edited"})])
    one.apply([Drop("/s", "a.jpg", "1")])
    one.apply([put(A, "elsewhere.jpg", source="/t")])
    assert got(one, A).title == "Edited"


def test_what_the_file_says_is_there_again_after_it_changed_under_an_edit(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "Edited"})])
    one.apply([Retext("/s", "a.jpg", Words(title="Beside anew"), "2")])
    one.apply([Edit(A, {"title": None})])
    assert got(one, A).title == "Beside anew"


def test_a_fallback_is_used_when_nothing_else_is_known(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg"), Edit(A, {"fallback": "Red kite"})])
    assert got(catalog, A).title == "Red kite"
    catalog.apply([Retext("/s", "a.jpg", Words(title="Known"), "2")])
    assert got(catalog, A).title == "Known"


def test_the_first_fallback_stays(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg"), Edit(A, {"fallback": "Red kite"})])
    assert catalog.apply([Edit(A, {"fallback": "Copy of red kite"})]).changed == []
    assert got(catalog, A).title == "Red kite"


def test_an_edit_of_no_image_is_not_found(one: Catalog) -> None:
    with pytest.raises(NotFound):
        one.apply([Edit(B, {"title": "x"})])


def test_an_edit_of_what_has_changed_is_refused(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "First"}, {1})])
    with pytest.raises(PreconditionFailed):
        one.apply([Edit(A, {"title": "Second"}, {1})])
    assert got(one, A).title == "First"


def test_what_is_refused_undoes_the_whole_transaction(one: Catalog) -> None:
    with pytest.raises(PreconditionFailed):
        one.apply([put(B, "b.jpg"), Edit(A, {"title": "x"}, {7})])
    assert one.get(B) is None
    assert one.last_seq() == 1


def test_of_many_edits_of_one_version_one_is_taken(one: Catalog) -> None:
    outcomes: list[str] = []

    def edit(number: int) -> None:
        try:
            one.apply([Edit(A, {"title": f"Number {number}"}, {1})])
            outcomes.append("taken")
        except PreconditionFailed:
            outcomes.append("refused")

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["taken"]


# Withheld ------------------------------------------------------------------------------------


def test_what_is_withheld_has_gone(one: Catalog) -> None:
    applied = one.apply([Withhold(A, "/u")])
    assert applied.removed == [A]
    assert one.get(A) is None
    assert (one.count(), seqs(one)) == (0, [(2, A, False)])
    with one.withholding(A) as withheld:
        assert withheld


def test_what_is_withheld_stays_out_when_its_file_is_read_again(one: Catalog) -> None:
    one.apply([Withhold(A, "/u")])
    one.apply([put(A, "a.jpg", version="2")])
    one.apply([put(A, "copy.jpg")])
    one.apply([Pixels(A, (), "x", False)])
    one.apply([Drop("/s", "a.jpg", "1")])
    one.apply([put(A, "a.jpg")])
    assert one.get(A) is None
    assert one.last_seq() == 2


def test_ingest_finds_the_place_of_what_is_withheld_as_it_was(one: Catalog) -> None:
    one.apply([Withhold(A, "/u")])
    assert one.known("/s")["a.jpg"].image_id == A
    assert one.unanalysed(10) == []


def test_what_is_withheld_can_turn_out_to_be_broken(one: Catalog) -> None:
    one.apply([Withhold(A, "/u")])
    one.apply([Spoil(A, "corrupt", "It is broken.")])
    assert one.known("/s")["a.jpg"].reason == "corrupt"


def test_places_among_the_uploads_go_with_the_image(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg"), put(A, "aa/a.jpg", source="/u")])
    catalog.apply([Withhold(A, "/u")])
    assert catalog.known("/u") == {}
    assert list(catalog.known("/s")) == ["a.jpg"]


def test_withholding_is_conditional_too(one: Catalog) -> None:
    with pytest.raises(PreconditionFailed):
        one.apply([Withhold(A, "/u", {9})])
    assert got(one, A).id == A


def test_what_is_withheld_cannot_be_edited_or_withheld_again(one: Catalog) -> None:
    one.apply([Withhold(A, "/u")])
    for operation in (Edit(A, {"title": "x"}), Withhold(A, "/u"), Release(A)):
        with pytest.raises(NotFound):
            one.apply([operation])


def test_what_is_put_and_released_is_there_again_without_its_edits(one: Catalog) -> None:
    one.apply([Edit(A, {"title": "Edited"})])
    one.apply([Withhold(A, "/u")])
    applied = one.apply([put(A, "aa/a.jpg", source="/u", embedded=FILE), Release(A)])
    assert applied.added == [A]
    found = got(one, A)
    assert found.title == "Beside the file"
    assert [place.source for place in found.places] == ["/s", "/u"]
    with one.withholding(A) as withheld:
        assert not withheld
