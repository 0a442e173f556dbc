provider "registry.example/acme/cloud" {
  version     = "5.1.0"
  constraints = "~> 5.0"
  hashes = [
    "zh:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  ]
}

provider "registry.example/acme/dns" {
  version     = "2.0.0"
  constraints = "~> 5.0"
  hashes = [
    "zh:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  ]
}

