"""What no stack may do: rules over its resources and its files, and the Pulumi policy pack that is made of them."""
