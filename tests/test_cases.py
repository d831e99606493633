"""The black-box cases of ``tests/cases/http``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mockwright.app import create_app
from mockwright.settings import Settings

CASES: list[dict[str, Any]] = [
    case
    for path in sorted((Path(__file__).parent / "cases" / "http").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
async def test_a_case_comes_out_as_written(case: dict[str, Any]) -> None:
    request, expect = case["request"], case["expect"]
    transport = httpx.ASGITransport(create_app(Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/mock") as client:
        response = await client.request(
            request["method"],
            request["path"],
            headers=request.get("headers"),
            json=request.get("json"),
        )
    assert response.status_code == expect["status"], response.text
    for name, pattern in expect.get("headers", {}).items():
        assert re.search(pattern, response.headers[name])
    body = response.json()
    if "detail" in expect:
        assert response.headers["content-type"] == "application/problem+json"
        assert re.search(expect["detail"], body["detail"])
    if "body" in expect:
        assert body == expect["body"]
    if "keys" in expect:
        assert list(body) == expect["keys"]
    if "length" in expect:
        assert len(body) == expect["length"]
