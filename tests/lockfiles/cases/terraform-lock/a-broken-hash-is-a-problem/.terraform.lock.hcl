provider "registry.example/acme/cloud" {
  version     = "5.1.0"
  constraints = "~> 5.0"
  hashes = [
    "zh:12",
  ]
}

