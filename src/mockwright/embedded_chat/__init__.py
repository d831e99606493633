"""A chat model made of rules: it reads the words and answers without a network.

``respond`` decides what an answer is: a tool call (``tool_choice``), JSON (``json_request``, filled
by ``slot_filling`` from what ``entities`` found in the text) or prose (``prose``, with ``skills``
and ``small_talk``). ``embeddings`` and ``moderation`` stand for models of their own.
"""
