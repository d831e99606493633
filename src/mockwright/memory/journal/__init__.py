"""What happened: the journal, its secrets hidden, costs, expectations, reviews."""
