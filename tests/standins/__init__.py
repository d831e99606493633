"""Stand-ins for packages of the ``llm`` extra, for a child process to import by PYTHONPATH."""
