module m
require (
	git.example/a v1.0.0
