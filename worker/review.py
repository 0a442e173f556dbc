"""The pipeline of one review, readable aloud; it gets its parts as an argument."""
