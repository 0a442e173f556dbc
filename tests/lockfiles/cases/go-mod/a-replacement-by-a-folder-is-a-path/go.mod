module m
require git.example/a v1.0.0
replace git.example/a => ../a
