from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockwright.embedded_chat.logprobs import make_logprobs
from mockwright.rng import Rng


@given(text=st.text(max_size=80), top=st.integers(0, 20), seed=st.integers(0, 99))
def test_every_piece_has_its_probability(text: str, top: int, seed: int) -> None:
    told = make_logprobs(text, Rng(seed), top)
    assert told == make_logprobs(text, Rng(seed), top)
    assert "".join(token["token"] for token in told["content"]) == text
    for token in told["content"]:
        assert token["logprob"] <= 0
        assert bytes(token["bytes"]) == token["token"].encode("utf-8", "replace")
        likely = [other["logprob"] for other in token["top_logprobs"]]
        assert len(likely) <= top
        assert likely == sorted(likely, reverse=True)
        assert not likely or token["top_logprobs"][0]["token"] == token["token"]
