"""``unittest``: a gateway for a class of tests, which each test has for itself."""

from __future__ import annotations

import contextlib
import unittest
from typing import TYPE_CHECKING, Any, ClassVar

from mockwright.testing.gateway import Mockwright, running, test_id

if TYPE_CHECKING:
    from mockwright.settings import Settings


class MockwrightTestCase(unittest.TestCase):
    """Its tests have ``self.mockwright``. Subclasses may lay down the configuration."""

    mockwright: Mockwright
    mockwright_settings: ClassVar[Settings | None] = None
    mockwright_url: ClassVar[str | None] = None
    """A gateway that runs already; None starts one for the class."""
    mockwright_wanted: ClassVar[dict[str, Any]] = {}
    """What holds for all requests of each test: mode, recordings, seed, state."""
    _stack: ClassVar[contextlib.ExitStack]

    @classmethod
    def setUpClass(cls) -> None:
        """Start the gateway."""
        super().setUpClass()
        cls._stack = contextlib.ExitStack()
        if cls.mockwright_url is None:
            cls.mockwright_url = cls._stack.enter_context(running(cls.mockwright_settings))
            cls._stack.callback(setattr, cls, "mockwright_url", None)
        cls.addClassCleanup(cls._stack.close)

    def setUp(self) -> None:
        """A clean test on it."""
        super().setUp()
        self.mockwright = Mockwright(self.mockwright_url or "", test_id(self.id()))
        self.addCleanup(self.mockwright.close)
        if self.mockwright_wanted:
            self.mockwright.configure(**self.mockwright_wanted)
