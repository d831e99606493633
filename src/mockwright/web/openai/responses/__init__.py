"""OpenAI's Responses API, ``/v1/responses``, over HTTP and over WebSockets.

https://platform.openai.com/docs/api-reference/responses and https://www.openresponses.org
"""
