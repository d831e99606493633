"""OpenAI's API: what any of its SDKs speaks, pointed at ``/v1``.

https://platform.openai.com/docs/api-reference
"""
