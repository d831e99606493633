from __future__ import annotations

import unittest

from mockwright.settings import MockSettings, Settings
from mockwright.testing import MockwrightTestCase


class Suite(MockwrightTestCase):
    __test__ = False  # run below
    mockwright_settings = Settings(mock=MockSettings(seed=7))
    mockwright_wanted = {"state": True}  # noqa: RUF012 - declared as a ClassVar in the base

    def test_one(self) -> None:
        response = self.mockwright.client.post("/users", json={"name": "Ann"})
        self.assertEqual(response.status_code, 201)  # noqa: PT009 - this is a unittest suite
        self.assertTrue(response.headers["x-mock-seed"].startswith("7;"))  # noqa: PT009

    def test_two(self) -> None:
        self.mockwright.assert_not_called("/**")


def test_a_unittest_suite_has_a_gateway() -> None:
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Suite)
    result = unittest.TestResult()
    suite.run(result)
    assert (result.testsRun, result.failures, result.errors) == (2, [], [])
    assert Suite.mockwright_url is None
