"""What a path and a query say of the answer: REST conventions."""
