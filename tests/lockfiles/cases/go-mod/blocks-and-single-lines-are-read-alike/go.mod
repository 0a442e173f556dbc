module git.example/acme/shop

go 1.22

require git.example/acme/one v1.2.0

require (
	git.example/acme/two v0.3.1
	git.example/acme/three/v2 v2.0.0 // indirect
)
