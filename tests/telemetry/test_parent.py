from __future__ import annotations

import asyncio

import pytest

from mockwright.telemetry.parent import PARENT, remote_parent

HEADER = (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def test_the_caller_is_known_in_the_block_alone() -> None:
    with remote_parent([(b"host", b"x"), HEADER, (b"tracestate", b"a=1"), (b"tracestate", b"b=2")]):
        assert PARENT.get() == {"traceparent": HEADER[1].decode(), "tracestate": "a=1,b=2"}
    assert PARENT.get() is None


async def test_a_task_that_starts_in_the_block_knows_it_too() -> None:
    async def known() -> bool:
        await asyncio.sleep(0)
        return PARENT.get() is not None

    with remote_parent([HEADER]):
        task = asyncio.create_task(known())
    assert await task


@pytest.mark.parametrize(
    "headers", [[], [(b"tracestate", b"a=1")], [HEADER, HEADER]], ids=["none", "state", "two"]
)
def test_without_exactly_one_parent_there_is_none(headers: list[tuple[bytes, bytes]]) -> None:
    with remote_parent(headers):
        assert PARENT.get() is None


def test_a_state_that_is_too_long_is_left_out() -> None:
    with remote_parent([HEADER, (b"tracestate", b"a=" + b"x" * 600)]):
        assert PARENT.get() == {"traceparent": HEADER[1].decode()}
