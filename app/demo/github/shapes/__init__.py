"""What our GitHub keeps, as the JSON that GitHub's API description asks for."""
