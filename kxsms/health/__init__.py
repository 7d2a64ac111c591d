"""The use case of `kxsms doctor`: looks at everything that a send needs, and sends nothing."""
