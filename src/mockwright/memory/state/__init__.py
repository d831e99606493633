"""What one test, or all, have changed: resources, contexts, sequences."""
