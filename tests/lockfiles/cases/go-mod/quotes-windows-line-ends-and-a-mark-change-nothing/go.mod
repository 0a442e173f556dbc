module "m"
require (
	"git.example/a" v1.0.0
	`git.example/b` v1.1.0 // indirect
)
