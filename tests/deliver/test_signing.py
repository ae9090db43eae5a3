"""Signatures: what they hold, what they do not, and that no other is taken."""

from __future__ import annotations

import string
from urllib.parse import parse_qsl, quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calotype.deliver.signing import MOST_KEYS, Key, Signer, canonical, parse_keys
from calotype.errors import BadParameter, BadSignature, ExpiredSignature

ONE, OTHER = Key("one", b"k" * 16), Key("other", b"o" * 40)
SIGNER = Signer([ONE])
PATH = f"/i/{'9f' * 20}"
NOW, LATER = 1_700_000_000, 1_700_000_060

texts = st.text(st.characters(codec="utf-8"), max_size=12)
queries = st.lists(
    st.tuples(texts.filter(lambda n: n not in ("s", "expires")), texts), max_size=5
).map(lambda pairs: "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in pairs))
paths = st.lists(texts.filter(lambda t: "/" not in t), min_size=1, max_size=3).map(
    lambda parts: "/" + "/".join(quote(part, safe="") for part in parts)
)


def read(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The URL as the service reads it."""
    path, _, query = url.partition("?")
    return unquote(path), parse_qsl(query, keep_blank_values=True)


def verify(url: str, now: float = NOW, signer: Signer = SIGNER) -> int | None:
    return signer.verify(*read(url), now)


@given(paths, queries, st.none() | st.integers(NOW + 1, 9_999_999_999))
def test_what_was_signed_is_taken(path: str, query: str, expires: int | None) -> None:
    url = SIGNER.signed(f"{path}?{query}" if query else path, expires)
    assert verify(url) == expires


@given(st.data(), queries)
def test_a_change_of_one_character_is_refused(data: st.DataObject, query: str) -> None:
    """Anywhere: path, names, values, expiry, signature. Only what means the same is the same."""
    url = SIGNER.signed(f"{PATH}?w=320&fit=crop" + (f"&{query}" if query else ""), LATER)
    place = data.draw(st.integers(1, len(url) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_.~/%&=+;"))
    changed = url[:place] + other + url[place + 1 :]
    path, pairs = read(changed)
    assume((path, sorted(pairs)) != (read(url)[0], sorted(read(url)[1])))
    with pytest.raises(BadSignature):
        verify(changed)


def test_every_character_of_a_signature_counts() -> None:
    """The last one too, though base64 would ignore two bits of it."""
    url = SIGNER.signed(f"{PATH}?w=320")
    start = url.index("&s=") + 3
    alphabet = string.ascii_letters + string.digits + "-_"
    for place in range(start, len(url)):
        for other in set(alphabet) - {url[place]}:
            with pytest.raises(BadSignature):
                verify(url[:place] + other + url[place + 1 :])


@given(queries, st.randoms(use_true_random=False))
def test_the_order_of_parameters_is_free(query: str, random: object) -> None:
    url = SIGNER.signed(
        f"{PATH}?w=320&fit=crop&tag=a&tag=b" + (f"&{query}" if query else ""), LATER
    )
    path, pairs = read(url)
    random.shuffle(pairs)  # type: ignore[attr-defined]
    assert SIGNER.verify(path, pairs, NOW) == LATER


@pytest.mark.parametrize(
    "respelt",
    ["?tag=a+b&crop=top,left", "?crop=%74op%2cleft&tag=a%20b", "?&tag=a%20b&&crop=top%2Cleft"],
)
def test_the_encoding_is_free(respelt: str) -> None:
    signature = SIGNER.signed(f"{PATH}?crop=top%2Cleft&tag=a%20b").rsplit("s=")[-1]
    verify(f"{PATH}{respelt}&s={signature}")


@pytest.mark.parametrize(
    "more", ["&x=1", "&w=640", "&utm_source=mail", "&expires=9999999999", "&n=2", "&s=", "&S=x"]
)
def test_nothing_can_be_added(more: str) -> None:
    url = SIGNER.signed(f"{PATH}?w=320")
    with pytest.raises(BadSignature):
        verify(url + more)


@pytest.mark.parametrize("less", ["w=320&", f"expires={LATER}&"])
def test_nothing_can_be_left_out(less: str) -> None:
    url = SIGNER.signed(f"{PATH}?w=320&h=200", LATER)
    assert less in url
    with pytest.raises(BadSignature):
        verify(url.replace(less, ""))


def test_a_parameter_is_not_a_piece_of_path() -> None:
    signature = SIGNER.signed("/image/a?w=1").rsplit("s=")[-1]
    with pytest.raises(BadSignature):
        verify(f"/image/a%3Fw%3D1?s={signature}")


def test_a_value_cannot_become_two_parameters() -> None:
    signature = SIGNER.signed("/image/a?tag=x%26w%3D1").rsplit("s=")[-1]
    with pytest.raises(BadSignature):
        verify(f"/image/a?tag=x&w=1&s={signature}")


@pytest.mark.parametrize("sent", ["", "x", "é", "\udc80", "A" * 43, "A" * 10_000])
def test_no_other_signature_is_taken(sent: str) -> None:
    with pytest.raises(BadSignature):
        SIGNER.verify(PATH, [("w", "320"), ("s", sent)], NOW)


def test_none_and_two_are_refused() -> None:
    good = SIGNER.signed(PATH).rsplit("s=")[-1]
    for pairs in ([], [("s", good), ("s", good)]):
        with pytest.raises(BadSignature):
            SIGNER.verify(PATH, pairs, NOW)


def test_it_expires_to_the_second() -> None:
    url = SIGNER.signed(PATH, LATER)
    assert verify(url, LATER - 0.001) == LATER
    for now in (LATER, LATER + 1):
        with pytest.raises(ExpiredSignature) as raised:
            verify(url, now)
    assert raised.value.extra == {"expires": LATER}
    assert "2023-11-14 22:14:20 UTC" in str(raised.value)


def test_a_forged_expiry_is_a_bad_signature_not_an_expired_one() -> None:
    with pytest.raises(BadSignature):
        verify(f"{PATH}?expires=1&s={'A' * 43}")


@pytest.mark.parametrize(
    "text", ["1700000060000", "soon", "", "-1", "1e9", "1.5", "²", "2030-01-01"]
)
def test_an_expiry_that_is_no_time_is_named(text: str) -> None:
    url = SIGNER.signed(f"{PATH}?expires={quote(text)}")
    with pytest.raises(BadParameter, match="expires must be a Unix time in whole seconds"):
        verify(url)


def test_two_expiries_are_refused() -> None:
    with pytest.raises(BadParameter, match="expires must be given once"):
        verify(SIGNER.signed(f"{PATH}?expires={LATER}", LATER + 60))


def test_the_first_key_signs_and_all_are_taken() -> None:
    both = Signer([OTHER, ONE])
    assert both.signed(PATH) == Signer([OTHER]).signed(PATH) != SIGNER.signed(PATH)
    verify(SIGNER.signed(PATH), signer=both)
    verify(both.signed(PATH), signer=both)
    verify(both.signed(PATH, key="one"))
    with pytest.raises(BadSignature):
        verify(both.signed(PATH))


def test_a_key_that_is_not_there_is_named() -> None:
    with pytest.raises(BadParameter, match="--key-id must be one of other, one; got 'third'"):
        Signer([OTHER, ONE]).signed(PATH, key="third")


def test_canonical_is_sorted_encoded_and_without_the_signature() -> None:
    pairs = [("w", "2"), ("s", "x"), ("fp-x", "0.5"), ("fp", ""), ("tag", "é&~ *+/")]
    assert canonical("/image/a b!/c", pairs) == (
        "/image/a%20b%21/c?fp-x=0.5&fp=&tag=%C3%A9%26~%20%2A%2B%2F&w=2"
    )
    assert canonical("/i/x", []) == "/i/x"


def test_a_secret_is_never_shown() -> None:
    assert "kkk" not in repr(ONE) + repr([SIGNER]) + str(ONE)


def test_keys_are_names_and_secrets() -> None:
    keys = parse_keys(f" 2026:{'a' * 16},\n2025:{'b:' * 8} ")
    assert keys == (Key("2026", b"a" * 16), Key("2025", b"b:" * 8))
    assert parse_keys("") == parse_keys(" , ") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sesame" * 8, "key number 1 has no such name"),
        (f"a:{'sesame' * 3},{'sesame' * 3}", "key number 2 has no such name"),
        (f":{'sesame' * 3}", "key number 1 has no such name"),
        (f"né:{'sesame' * 3}", "key number 1 has no such name"),
        ("2026:sesame", "at least 16 bytes after the name of each key; 2026 has 6"),
        ("2026:", "2026 has 0"),
        (f"a:{'sesame' * 3},a:{'sesame' * 4}", "a is there twice"),
        (",".join(f"{n}:{'sesame' * 3}" for n in range(MOST_KEYS + 1)), "at most 8 keys; got 9"),
    ],
)
def test_bad_keys_are_told_apart_without_their_secrets(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse_keys(text)
    assert problem in str(raised.value)
    assert str(raised.value).startswith("must ")
    assert "sesame" not in str(raised.value)
