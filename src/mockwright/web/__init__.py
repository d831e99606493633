"""The surfaces: HTTP requests become calls of the gateway, and its answers become HTTP
responses."""
