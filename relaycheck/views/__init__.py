"""The pages of relays and receive connectors."""
