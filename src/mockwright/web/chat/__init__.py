"""What the chat surfaces share."""
