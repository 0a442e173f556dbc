resource "x" "y" {
}
provider "a/b/c" {
  version = "1.0.0"
  colour = "red"
}
