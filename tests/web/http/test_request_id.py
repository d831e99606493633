from __future__ import annotations

import pytest

from mockwright.web.http.request_id import request_id


@pytest.mark.parametrize("asked", [b"a", b"0af7651916cd43dd-8448.eb:21_1", b"x" * 128])
def test_a_harmless_id_is_taken_over(asked: bytes) -> None:
    assert request_id(asked) == asked.decode()


@pytest.mark.parametrize(
    "asked", [None, b"", b"x" * 129, b"a b", b"a\nb", b"../x", b"\xff", b"<i>"]
)
def test_any_other_is_replaced_by_a_fresh_one(asked: bytes | None) -> None:
    first, second = request_id(asked), request_id(asked)
    assert first != second
    assert len(first) == 24
