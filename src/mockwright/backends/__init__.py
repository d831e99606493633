"""Everything that talks to a model: wire formats, transport, resilience, the pool."""
