"""What outlives a request: the cache, the journal, the state of tests, and the file they are stored
in."""
