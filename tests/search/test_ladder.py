"""Which images answer, in which order, and why."""

from __future__ import annotations

from pathlib import Path

from calotype.search import SearchConfig, parse

from .library import Searching, identify


def test_all_the_words_before_some(closet: Searching) -> None:
    assert closet.matches("black hoodie") == [("black.jpg", "words"), ("tee.jpg", "words")]


def test_a_title_weighs_more_than_a_description(closet: Searching) -> None:
    assert closet.names("hoodie")[-1] == "tee.jpg"


def test_a_name_answers_first(closet: Searching) -> None:
    closet.add("hoodie.png", title="A drawing")
    closet.commit()
    assert closet.matches("hoodie")[0] == ("hoodie.png", "exact")
    assert ("black.jpg", "words") in closet.matches("hoodie")


def test_an_id_answers(closet: Searching) -> None:
    assert closet.matches(identify("tee.jpg")) == [("tee.jpg", "exact")]


def test_a_whole_path_tells_files_of_one_name_apart(at: Searching) -> None:
    at.add("a/Cover.jpg")
    at.add("b/Cover.jpg")
    at.commit()
    assert at.matches("b/cover.jpg")[0] == ("b/Cover.jpg", "exact")
    assert [match for _, match in at.matches("cover")] == ["exact", "exact"]


def test_a_misspelt_word_is_taken_for_the_near_one(closet: Searching) -> None:
    page = closet.page("blakc hoodye")
    assert [hit.match for hit in page.hits] == ["near", "near"]
    assert page.hits[0].image.name == "black.jpg"
    assert {"blakc", "black", "hoodi"} <= set(page.terms)


def test_a_word_that_exists_may_be_a_misspelling_too(closet: Searching) -> None:
    closet.add("hero.jpg", title="Grat")
    closet.commit()
    assert closet.matches("grat hoodie") == [("gray.jpg", "near")]


def test_three_letters_have_no_near_spelling(closet: Searching) -> None:
    assert closet.names("tea") == []


def test_some_of_the_words_at_last(closet: Searching) -> None:
    assert closet.matches("pants zebra") == [("pants.jpg", "some")]


def test_stop_words_alone_are_words(closet: Searching) -> None:
    closet.add("to-be.jpg", title="To be")
    closet.commit()
    assert closet.names("to be") == ["to-be.jpg"]


def test_nothing_matches(closet: Searching) -> None:
    page = closet.page("xylophone")
    assert (page.hits, page.total, page.next) == ((), 0, None)


def test_phrases_are_as_written_and_in_order(closet: Searching) -> None:
    assert closet.names('"running pants"') == ["pants.jpg"]
    assert closet.names('"pants running"') == []
    assert closet.names('"hoodie hero"') == []


def test_a_phrase_does_not_reach_from_one_text_into_the_next(at: Searching) -> None:
    at.add("a.jpg", title="black", tags=("hoodie",))
    at.commit()
    assert at.names('"black hoodie"') == []


def test_exclusions(closet: Searching) -> None:
    assert closet.names("hoodie -gray") == ["black.jpg", "tee.jpg"]
    assert closet.names('hoodie -"hero hoodie"') == ["tee.jpg"]
    assert "pants.jpg" not in closet.names("-tag:pants")
    assert closet.names("-hero -tee") == ["pants.jpg"]


def test_stems_and_accents(at: Searching) -> None:
    at.add("cafe.jpg", title="Théâtres à Besançon")
    at.commit()
    assert at.names("theatre besancon") == ["cafe.jpg"]
    assert at.names("THÉÂTRE") == ["cafe.jpg"]


def test_names_in_decomposed_unicode(at: Searching) -> None:
    at.add("cafe\u0301s/re\u0301sume\u0301.jpg")
    at.commit()
    assert at.names("résumé") == at.names("cafés resume") == ["cafe\u0301s/re\u0301sume\u0301.jpg"]


def test_words_of_names(at: Searching) -> None:
    at.add("BlackSea_2024/beach12.jpg")
    at.commit()
    for text in ("black sea", "2024 beach", "beach12", "blacksea"):
        assert at.names(text) == ["BlackSea_2024/beach12.jpg"]


def test_another_language(tmp_path: Path) -> None:
    at = Searching(tmp_path, SearchConfig(language="german", refresh_ms=0))
    at.add("a.jpg", title="Alte Häuser")
    at.commit()
    assert at.names("das haus") == ["a.jpg"]
    at.indexer.close()


def test_no_language(tmp_path: Path) -> None:
    at = Searching(tmp_path, SearchConfig(language="none", refresh_ms=0))
    at.add("a.jpg", title="run")
    at.commit()
    assert at.names("running") == []
    at.indexer.close()


def test_the_beginning_of_a_word(closet: Searching) -> None:
    page = closet.index.search(parse("black hoo", prefix=True))
    assert {hit.image.name for hit in page.hits} == {"black.jpg", "tee.jpg"}


def test_completion_only_offers_what_finds_something(closet: Searching) -> None:
    assert closet.index.complete("gray h") == ["gray hoodie", "gray hero"]
    assert closet.index.complete("xyz") == []


def test_suggestions_find_something(closet: Searching) -> None:
    for text in ("xylophone", "hoodie color:red", "blck"):
        given = closet.index.suggest(parse(text))
        assert given
        for each in given:
            assert closet.page(each).total


def test_the_empty_index_answers(at: Searching) -> None:
    at.commit()
    assert at.page("").total == 0
    assert at.names("black hoodie") == []
    assert at.index.suggest(parse("black")) == []
