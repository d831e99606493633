"""What is told of the gateway, and what may be changed while it runs."""
