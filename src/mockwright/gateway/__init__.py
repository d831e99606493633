"""How a request becomes an answer, for the mock surface and for the chat surfaces.

The mock surface asks a chain of sources (``engine``, ``sources``), the chat surfaces a chain of
conversations (``chats``). Nothing in here knows HTTP.
"""
