"""Ollama's own API, for its clients. https://github.com/ollama/ollama/blob/main/docs/api.md"""
