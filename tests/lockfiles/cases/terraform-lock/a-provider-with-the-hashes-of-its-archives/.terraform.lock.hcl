# This file is maintained automatically by "terraform init".

provider "registry.example/acme/cloud" {
  version     = "5.1.0"
  constraints = "~> 5.0"
  hashes = [
    "h1:YWFh",
    "zh:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "zh:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  ]
}

