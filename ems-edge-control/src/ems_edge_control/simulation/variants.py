"""Components and controllers of each variant: listed, of a site file, or derived from another variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ems_common.errors import BadInput
from msgspec import Struct

from ems_edge_control import config
from ems_edge_control.names import spelling
from ems_edge_control.site import BadSite, ComponentConfig, ControllerConfig, SiteConfig

AS_ON_SITE = "site"
USUAL_GRID = "grid0"


class Variant(Struct, forbid_unknown_fields=True, frozen=True):
    """A variant that starts from another.

    Attributes:
        like: Another variant, or `site` for the controllers of the site file.
        controllers: Controllers added.
        change: New properties by controller; they are switched on.
        without: Controllers taken out.
    """

    like: str = AS_ON_SITE
    controllers: list[dict[str, Any]] = []
    change: dict[str, dict[str, Any]] = {}
    without: list[str] = []


@dataclass(frozen=True, slots=True)
class Parts:
    """What a site of a variant is made of."""

    components: tuple[ComponentConfig, ...]
    controllers: tuple[ControllerConfig, ...]


def component(nature: str, **properties: Any) -> tuple[str, dict[str, Any]]:
    """A component that the simulation itself brings."""
    return nature, properties


def site_file(path: Path | None) -> SiteConfig | None:
    """The site of a site file.

    Raises:
        BadInput: It cannot be used.
    """
    return None if path is None else config.load(path, environ={}).site


def grid_meter(edge: SiteConfig | None) -> str:
    """Id of the grid meter: that of the site file, or the usual one."""
    for item in edge.components if edge is not None else ():
        if item.nature == "meter" and str(item.properties.get("type", "")).upper() == "GRID":
            return item.id
    return USUAL_GRID


def build(
    variants: Mapping[str, list[dict[str, Any]] | Variant],
    owned: Mapping[str, tuple[str, dict[str, Any]]],
    extra: Sequence[Mapping[str, Any]],
    edge: SiteConfig | None,
) -> dict[str, Parts]:
    """Parts of all variants.

    Args:
        variants: As written.
        owned: Simulated components: nature and properties by id.
        extra: Further components, such as groups.
        edge: The site of the site file, if there is one.

    Raises:
        BadInput: A variant refers to what is not there.
    """
    components = [ComponentConfig(id, nature, given) for id, (nature, given) in owned.items()]
    components += [
        ComponentConfig(str(c.get("id", "")), str(c.get("nature", "")), c.get("properties") or {})
        for c in extra
    ]
    known = {c.id for c in components}
    if edge is not None:
        components += [c for c in edge.components if c.id not in known]
    chosen = {AS_ON_SITE: edge.controllers} if edge is not None else {}
    found: dict[str, tuple[ControllerConfig, ...]] = {}
    faults: list[str] = []
    for name, variant in variants.items():
        if isinstance(variant, Variant):
            found[name] = _derived(name, variant, chosen | found, faults)
        else:
            found[name] = _listed(variant)
    if faults:
        raise BadSite(faults)
    return {name: Parts(tuple(components), controllers) for name, controllers in found.items()}


def _listed(items: Sequence[Mapping[str, Any]], first: int = 0) -> tuple[ControllerConfig, ...]:
    try:
        return tuple(
            ControllerConfig(
                str(c.get("id", f"controller{i}")),
                str(c.get("type", "")),
                float(c.get("priority", i)),
                c.get("properties") or {},
            )
            for i, c in enumerate(items, first)
        )
    except (TypeError, ValueError) as ex:
        raise BadInput(f"a controller has id, type, priority and properties ({ex})", "variants") from ex


def _derived(
    name: str, variant: Variant, chosen: Mapping[str, tuple[ControllerConfig, ...]], faults: list[str]
) -> tuple[ControllerConfig, ...]:
    if variant.like not in chosen:
        known = ", ".join(chosen) or "none; give `site` a file, or list controllers"
        faults.append(f"variant {name}: there is no {variant.like!r} before it (there are: {known})")
        return ()
    base = chosen[variant.like]
    ids = {c.id for c in base}
    for id in {*variant.change, *variant.without} - ids:
        faults.append(f"variant {name}: {variant.like!r} has no controller {id!r}")
    kept = tuple(_changed(c, variant.change.get(c.id)) for c in base if c.id not in variant.without)
    return (*kept, *_listed(variant.controllers, len(kept)))


def _changed(item: ControllerConfig, changes: Mapping[str, Any] | None) -> ControllerConfig:
    """A controller with new properties, in whatever spelling they are given."""
    if changes is None:
        return item
    spelt = {spelling(key) for key in changes}
    kept = {key: value for key, value in item.properties.items() if spelling(key) not in spelt}
    return ControllerConfig(item.id, item.type, item.priority, {**kept, **changes}, True, item.modes)
