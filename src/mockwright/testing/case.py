"""``unittest``: a gateway for a class of tests, with a test id of its own for each test."""

from __future__ import annotations

import contextlib
import unittest
from typing import TYPE_CHECKING, Any, ClassVar

from mockwright.testing.gateway import Mockwright, test_id

if TYPE_CHECKING:
    from mockwright.settings import Settings


class MockwrightTestCase(unittest.TestCase):
    """A test case whose tests have a gateway to themselves in ``self.mockwright``.

    The gateway is started once for the class. Class attributes configure it:

    ```python
    class TestShop(MockwrightTestCase):
        mockwright_wanted = {"seed": 42}

        def test_catalogue(self):
            self.mockwright.shape("/products", [{"name": "string"}])
            self.assertEqual(self.mockwright.client.get("/products").status_code, 200)
    ```

    Asynchronous tests inherit from ``unittest.IsolatedAsyncioTestCase`` as well, after this class.
    """

    mockwright: Mockwright
    """The gateway as the test that is running sees it."""
    mockwright_settings: ClassVar[Settings | None] = None
    """The configuration of the gateway that is started; None for the defaults."""
    mockwright_url: ClassVar[str | None] = None
    """The URL of a gateway that runs already; None starts one for the class."""
    mockwright_token: ClassVar[str | None] = None
    """The admin token of that gateway, if it has one."""
    mockwright_wanted: ClassVar[dict[str, Any]] = {}
    """What applies to all requests of each test, as for ``Mockwright.configure``."""
    _url: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        """Start the gateway, which runs until the class is done."""
        super().setUpClass()
        if cls.mockwright_url is not None:
            cls._url = cls.mockwright_url
            return
        from mockwright.testing.inprocess import running

        stack = contextlib.ExitStack()
        cls._url = stack.enter_context(running(cls.mockwright_settings))
        cls.addClassCleanup(stack.close)

    def setUp(self) -> None:
        """Begin a test on the gateway, which ends with this test."""
        super().setUp()
        self.mockwright = Mockwright(
            self._url, test_id(self.id()), self.mockwright_wanted, self.mockwright_token
        )
        self.addCleanup(self.mockwright.close)
