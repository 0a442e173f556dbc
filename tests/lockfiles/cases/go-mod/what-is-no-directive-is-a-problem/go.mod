module m
require git.example/a
reqire git.example/b v1.0.0
replace git.example/c
