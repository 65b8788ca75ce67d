"""What a resource is and how to talk to a server; knows no product and no Pulumi."""
