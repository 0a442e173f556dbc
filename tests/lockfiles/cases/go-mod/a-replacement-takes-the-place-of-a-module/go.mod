module m
require (
	git.example/a v1.0.0
	git.example/b v1.0.0
)
replace git.example/a => git.example/fork/a v1.0.1
