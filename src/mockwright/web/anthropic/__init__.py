"""Anthropic's Messages API, for its SDKs and what is built on them.

https://docs.anthropic.com/en/api/messages
"""
