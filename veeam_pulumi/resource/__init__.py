"""What a resource is: declared fields, the hooks of a kind, and the life of an object around them."""
