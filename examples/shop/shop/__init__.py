"""A small shop: catalogue, cart and checkout, in front of an API that it knows by URL alone."""
