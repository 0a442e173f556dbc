"""Coverage-guided fuzzing of the parsers, beside what hypothesis does in the suite: `make fuzz`."""
