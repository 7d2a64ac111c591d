"""The built-in gateway: a real HTTP server on loopback that speaks the gateway's protocol."""
