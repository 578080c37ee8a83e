"""The queries: keyset pages of frozen views. Each takes the `Scope` that its caller may see; none can write."""
