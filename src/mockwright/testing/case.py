"""``unittest``: a gateway for a class of tests, which each test has for itself."""

from __future__ import annotations

import contextlib
import unittest
from typing import TYPE_CHECKING, Any, ClassVar

from mockwright.testing.gateway import Mockwright, test_id

if TYPE_CHECKING:
    from mockwright.settings import Settings


class MockwrightTestCase(unittest.TestCase):
    """Its tests have ``self.mockwright``. Subclasses may lay down the configuration.

    For asynchronous tests inherit from ``unittest.IsolatedAsyncioTestCase`` as well, after it.
    """

    mockwright: Mockwright
    mockwright_settings: ClassVar[Settings | None] = None
    mockwright_url: ClassVar[str | None] = None
    """A gateway that runs already; None starts one for the class."""
    mockwright_token: ClassVar[str | None] = None
    """Its admin token, where it has one."""
    mockwright_wanted: ClassVar[dict[str, Any]] = {}
    """What holds for all requests of each test: mode, recordings, seed, state."""
    _url: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        """Start the gateway."""
        super().setUpClass()
        if cls.mockwright_url is not None:
            cls._url = cls.mockwright_url
            return
        from mockwright.testing.inprocess import running

        stack = contextlib.ExitStack()
        cls._url = stack.enter_context(running(cls.mockwright_settings))
        cls.addClassCleanup(stack.close)

    def setUp(self) -> None:
        """A clean test on it."""
        super().setUp()
        self.mockwright = Mockwright(
            self._url, test_id(self.id()), self.mockwright_wanted, self.mockwright_token
        )
        self.addCleanup(self.mockwright.close)
