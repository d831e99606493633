"""State: what the requests of one test, or of all without a test id, have changed."""
