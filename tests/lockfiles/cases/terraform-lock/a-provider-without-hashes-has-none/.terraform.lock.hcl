provider "registry.example/acme/cloud" {
  version = "1.0.0"
}
