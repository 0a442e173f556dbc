"""Hand work to the queue by name, as JSON, once."""
