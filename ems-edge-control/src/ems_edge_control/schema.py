"""`types`: natures, channels, controllers and their properties as JSON Schema."""

from __future__ import annotations

from typing import Any

from ems_edge_control import component_properties, natures, properties, registry, scheduling
from ems_edge_control.natures import Channel
from ems_edge_control.site import RUN_FAILED, SolverProperties


def describe() -> dict[str, Any]:
    """The whole description.

    The document is a JSON Schema whose `$defs` hold one schema for each controller's properties; channels,
    units and ranges are beside them. A component takes the properties of its nature, and any of its channels
    as a preset.
    """
    controllers = registry.types()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ems-edge-control types",
        "$defs": {f"controller:{code}": properties.schema(cls.Config) for code, cls in controllers.items()},
        "natures": [
            {
                "code": nature.code,
                "title": nature.help,
                "aliases": list(nature.aliases),
                "extends": list(nature.extends),
                "channels": [_channel(channel) for channel in natures.channels_of(nature)],
                "properties": component_properties.schema(nature),
            }
            for nature in natures.NATURES
        ],
        "controllers": [
            {
                "code": code,
                "title": cls.title,
                "aliases": list(cls.aliases),
                "protects": cls.protects,
                "channels": [_channel(channel) for channel in (*cls.channels, RUN_FAILED)],
                "properties": {"$ref": f"#/$defs/controller:{code}"},
            }
            for code, cls in controllers.items()
        ],
        "solver": properties.schema(SolverProperties),
        "schedulers": {code: properties.schema(cls) for code, (cls, _) in scheduling.KINDS.items()},
    }


def _channel(channel: Channel) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": channel.name, "type": str(channel.kind), "access": str(channel.access)}
    if channel.unit:
        entry["unit"] = channel.unit
    if channel.options:
        entry["options"] = dict(channel.options)
    if channel.help:
        entry["description"] = channel.help
    return entry
