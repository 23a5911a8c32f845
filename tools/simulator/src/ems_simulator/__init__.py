"""A plant that replays real metered buildings over Modbus TCP and MQTT."""
