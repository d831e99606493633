"""The command line: ``serve``, ``ask``, ``plan``, ``check-config``, ``hash-key`` and ``mocks``."""
