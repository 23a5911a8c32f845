"""Who asks, and what they may see: passwords, sessions, API keys, scopes, account routes."""
