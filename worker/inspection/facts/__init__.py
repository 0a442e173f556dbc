"""Source → facts: what the code can do, with places."""
