"""From a request to an answer, of the mock surface and of the chat surfaces."""
