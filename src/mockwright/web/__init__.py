"""The surfaces: HTTP -> MockRequest, MockResponse -> HTTP."""
