"""What happened: the journal with its secrets hidden, costs, expectations and reviews."""
