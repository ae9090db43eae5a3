"""`Content-Disposition` (RFC 6266): a name that anyone may have chosen."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.deliver.disposition import attachment

FORM = re.compile(r"attachment; filename=\"([^\"\\/]+)\"(?:; filename\*=UTF-8''(\S+))?")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hoodie.jpg", 'attachment; filename="hoodie.jpg"'),
        ("a b (1).jpg", 'attachment; filename="a b (1).jpg"'),
        ("é.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%C3%A9.jpg"),
        ("../../etc/passwd", 'attachment; filename="_.._etc_passwd"'),
        ("..\\x.exe", 'attachment; filename="_x.exe"'),
        ('a";x=".jpg', 'attachment; filename="a_;x=_.jpg"'),
        ("", 'attachment; filename="image"'),
        (" . ", 'attachment; filename="image"'),
        ("100%.png", "attachment; filename=\"100_.png\"; filename*=UTF-8''100%25.png"),
        ("gpj.\u202eexe", 'attachment; filename="gpj._exe"'),
    ],
)
def test_a_name_is_made_safe(name: str, value: str) -> None:
    assert attachment(name) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_gives_a_header_of_this_form(name: str) -> None:
    value = attachment(name)
    found = re.fullmatch(
        r"attachment; filename=\"([^\"\\/]+)\"(?:; filename\*=UTF-8''(\S+))?", value
    )
    assert found
    assert value.isascii()
    assert value.isprintable()
    assert "/" not in unquote(found[2] or "")
