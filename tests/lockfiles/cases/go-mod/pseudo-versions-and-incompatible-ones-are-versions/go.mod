module m
require (
	git.example/a v0.0.0-20240102030405-abcdefabcdef
	git.example/b v3.0.0+incompatible
)
