module m
require (
	git.example/a v1.0.0 // indirect; kept for the tool
	git.example/b v1.0.0 // not really indirect
)
