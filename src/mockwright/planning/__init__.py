"""Planning: a request becomes a plan, a value; no model is called."""
