"""Chats in one form inside, OpenAI's: requests, replies, streams and their pieces."""
