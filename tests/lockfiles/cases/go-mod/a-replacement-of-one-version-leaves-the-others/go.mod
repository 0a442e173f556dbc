module m
require (
	git.example/a v1.0.0
	git.example/b v1.0.0
)
replace (
	git.example/a v0.9.0 => git.example/fork/a v1.0.1
	git.example/b v1.0.0 => git.example/fork/b v2.0.0
	git.example/b => git.example/other/b v3.0.0
)
