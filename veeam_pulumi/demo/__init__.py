"""The story that shows the product: the quickstart against simulated servers, every step checked on them."""
