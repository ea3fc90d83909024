"""Rule data: one TOML file a provider or family."""
