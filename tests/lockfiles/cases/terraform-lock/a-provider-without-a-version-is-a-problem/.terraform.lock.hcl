provider "registry.example/acme/cloud" {
  hashes = [
  ]
}
