"""Answers from memory are the same as those that are not."""

from __future__ import annotations

from typing import Any

from calotype.api.answer import Answer, Memory

from . import library

AVIF, WEBP = {"accept": "image/avif,*/*"}, {"accept": "image/webp"}


def from_memory(answer: Any) -> bool:
    return str(answer.headers["server-timing"]) == "memory;desc=hit"


def test_the_second_answer_comes_from_memory_and_is_the_same(fresh: Any) -> None:
    house = fresh()
    first, second = house.get("/image/red?w=80"), house.get("/image/red?w=80")
    assert (from_memory(first), from_memory(second)) == (False, True)
    assert second.content == first.content
    del first.headers["server-timing"], second.headers["server-timing"]
    assert second.headers == first.headers


def test_each_accept_has_its_own(fresh: Any) -> None:
    house = fresh()
    for _ in range(2):
        for headers, kind in ((AVIF, "avif"), (WEBP, "webp"), ({"accept": "*/*"}, "jpeg")):
            answer = house.get("/image/blue?w=80", headers=headers)
            assert answer.headers["content-type"] == f"image/{kind}"
    assert from_memory(answer)


def test_a_304_and_head_come_from_memory_too(fresh: Any) -> None:
    house = fresh()
    whole = house.get("/image/red?w=80")
    etag = whole.headers["etag"]
    unchanged = house.get("/image/red?w=80", headers={"if-none-match": etag})
    head = house.request("HEAD", "/image/red?w=80")
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert from_memory(unchanged)
    assert from_memory(head)


def test_a_304_is_not_remembered_as_the_answer(fresh: Any) -> None:
    house = fresh()
    etag = house.get("/image/red?w=80").headers["etag"]
    house.services.memory.clear()
    assert house.get("/image/red?w=80", headers={"if-none-match": etag}).status_code == 304
    assert len(house.get("/image/red?w=80").content) > 100


def test_a_head_is_remembered_with_its_body(fresh: Any) -> None:
    house = fresh()
    house.request("HEAD", "/image/red?w=80")
    answer = house.get("/image/red?w=80")
    assert from_memory(answer)
    assert len(answer.content) == int(answer.headers["content-length"])


def test_a_problem_is_not_remembered(fresh: Any) -> None:
    house = fresh()
    for _ in range(2):
        assert not from_memory(house.get("/image/zzzz"))


def test_a_better_match_is_delivered_as_soon_as_it_is_indexed(fresh: Any) -> None:
    house = fresh(watch=True)
    before = house.get("/image/crimson red?w=80")
    house.get("/image/crimson red?w=80")
    library.save(house.pictures / "crimson red.png", (50, 50), library.RED)
    after = house.wait_for(
        "/image/crimson red?w=80", lambda a: a.headers["etag"] != before.headers["etag"]
    )
    assert house.image("crimson red.png").id in after.headers["cache-tag"]


def test_an_image_that_goes_is_gone_from_memory(fresh: Any) -> None:
    house = fresh(watch=True)
    url = f"/i/{house.image('blue.jpg').id}?w=80"
    assert house.get(url).status_code == 200
    (house.pictures / "blue.jpg").unlink()
    house.wait_for(url, lambda a: a.status_code == 404)


def test_memory_is_bounded_in_bytes(fresh: Any) -> None:
    house = fresh(server={"warm_bytes": 20_000})
    for width in range(100, 200):
        house.get(f"/image/red?w={width}&fm=png")
    kept = sum(from_memory(house.get(f"/image/red?w={width}&fm=png")) for width in range(100, 200))
    assert kept < 20
    assert not from_memory(house.get("/image/red?w=100&fm=png"))


def answer(size: int, headers: int = 0) -> Answer:
    return Answer("/i/{id}", '"x"', ((b"cache-tag", b"x" * headers),), b"x" * size)


def test_the_least_recently_used_goes_first() -> None:
    memory = Memory(1 << 20, lambda: 1, most=2)
    keys = [("/i/1", b"", ""), ("/i/2", b"", ""), ("/i/3", b"", "")]
    for key in keys[:2]:
        memory.put(key, answer(10), 1)
    memory.get(keys[0])
    memory.put(keys[2], answer(10), 1)
    assert [memory.get(key) is not None for key in keys] == [True, False, True]


def test_keys_and_headers_count_as_well() -> None:
    memory = Memory(100_000, lambda: 1)
    for number in range(100):
        memory.put((f"/i/{number}", b"x" * 4000, "x" * 1000), answer(10, headers=2000), 1)
    assert (
        sum(memory.get((f"/i/{n}", b"x" * 4000, "x" * 1000)) is not None for n in range(100)) < 15
    )


def test_what_was_made_from_an_older_index_is_not_kept() -> None:
    memory = Memory(1 << 20, lambda: 2)
    memory.put(("/i/1", b"", ""), answer(10), 1)
    assert memory.get(("/i/1", b"", "")) is None


def test_a_new_index_empties_it() -> None:
    generation = 1
    memory = Memory(1 << 20, lambda: generation)
    key = ("/i/1", b"", "")
    memory.put(key, answer(10), 1)
    generation = 2
    assert memory.get(key) is None
    memory.put(key, answer(10), 2)
    assert memory.get(key) is not None


def test_an_index_that_changes_while_an_answer_is_kept_has_it_forgotten() -> None:
    generations = iter([1, 2, 2, 2])  # as `put` looks, and ever after
    memory = Memory(1 << 20, lambda: next(generations))
    memory.put(("/i/1", b"", ""), answer(10), 1)
    assert memory.get(("/i/1", b"", "")) is None
    assert memory.get(("/i/1", b"", "")) is None


def test_an_answer_that_is_too_large_is_not_kept() -> None:
    memory = Memory(1 << 30, lambda: 1)
    memory.put(("/i/1", b"", ""), answer(5 << 20), 1)
    assert memory.get(("/i/1", b"", "")) is None


def test_hits_as_json_come_from_memory_until_the_index_changes(fresh: Any) -> None:
    house = fresh()
    first, second = house.get("/search?q=red"), house.get("/search?q=red")
    assert (from_memory(first), from_memory(second)) == (False, True)
    assert second.content == first.content
    assert second.headers["content-type"] == "application/json"
    house.services.index.generation += 1
    assert not from_memory(house.get("/search?q=red"))


def test_a_warm_rendition_counts_what_it_holds_beside_its_bytes() -> None:
    """The plan, the spec and the image are there for as long as it is."""
    memory = Memory(100_000, lambda: 1)
    watched = Answer("/i/{id}", '"x"', (), b"x", current=lambda: True)
    for number in range(100):
        memory.put((f"/i/{number}", b"", ""), watched, 1)
    assert 20 < len(memory) < 40
