"""What the chat surfaces share: reading requests, API keys, the way of a call, header fields."""
