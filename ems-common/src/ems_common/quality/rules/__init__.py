"""The rules: small pure functions over arrays, each with its parameters."""
