provider "registry.example/acme/cloud" {
  version = "1.0.0"
  hashes = ["zh:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "h1:x"]
}
