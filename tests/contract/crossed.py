"""Requests whose members are right one by one and wrong together, or whose rows stand in each other's way."""

from __future__ import annotations

from typing import Any

from .provoke import UNKNOWN
from .world import World

Json = dict[str, Any]
KINDS = ("meters", "virtualmeters", "offlinemeters")
FAR = {"startdatetime": "2020-01-01T00:00:00", "enddatetime": "2030-01-01T00:00:00"}


class Crossed:
    """Sends them.

    Args:
        api: A client with a ledger, signed in as administrator.
        world: Rows to refer to.
    """

    def __init__(self, api: Any, world: World) -> None:
        self.api = api
        self.world = world

    def send_all(self) -> None:
        """Send all; the ledger of the client says what came back."""
        self.categories()
        self.points()
        self.formulas()
        self.diagrams()
        self.names()
        self.relations()
        self.queries()

    def _body(self, collection: str, **given: Any) -> Json:
        handler = self.world.handler("POST", collection)
        return {"data": self.world.body(handler, **given)}

    def _refused(self, collection: str, **given: Any) -> None:
        """Send the same wrong values in a POST, a PUT and an import."""
        self.api.call("POST", collection, self._body(collection, **given))
        key = self.world.make(collection)
        self.api.call("PUT", f"{collection}/{key}", self._body(collection, **given))
        exported = self.api.get(f"{collection}/{key}/export")
        own = {
            name.removesuffix("_id"): {"id": value} for name, value in given.items() if name.endswith("_id")
        }
        own |= {name: value for name, value in given.items() if not name.endswith("_id")}
        self.api.call("POST", f"{collection}/import", {**exported, **own, "name": self.world.name()})

    def categories(self) -> None:
        """Items and master meters of another category."""
        other = self.world.make("/energycategories")
        item = self.world.make("/energyitems", energy_category_id=other)
        for kind in KINDS:
            self._refused(f"/{kind}", energy_item_id=item)
        self._refused("/meters", master_meter_id=self.world.make("/meters", energy_category_id=other))
        master = self.world.make("/meters")
        below = self.world.make("/meters", master_meter_id=master)
        self.api.call("PUT", f"/meters/{master}", self._body("/meters", master_meter_id=below))

    def points(self) -> None:
        """Points that cannot be computed, and a meter with two registers."""
        for kind in ("DIGITAL_VALUE", "TEXT_VALUE"):
            self._refused("/points", is_virtual=True, object_type=kind)
        meter = self.world.make("/meters")
        rows = []
        for _ in range(2):
            point = self.world.make("/points", object_type="ENERGY_VALUE", is_virtual=False)
            rows.append({"id": point, "name": "p"})
            self.api.call("POST", f"/meters/{meter}/points", {"data": {"point_id": point}})
        exported = self.api.get(f"/meters/{meter}/export")
        self.api.call("POST", "/meters/import", {**exported, "name": self.world.name(), "points": rows})

    def formulas(self) -> None:
        """Formulas of meters that do not exist."""
        for kind in ("meter", "virtual_meter", "offline_meter"):
            variables = [{"name": "x1", "meter_type": kind, "meter_id": UNKNOWN}]
            self._refused("/virtualmeters", expression={"equation": "x1 * 2", "variables": variables})

    def diagrams(self) -> None:
        """Links that lead back, and links an import doubles."""
        diagram = self.world.make("/energyflowdiagrams")
        at = f"/energyflowdiagrams/{diagram}"
        nodes = [self.api.post(f"{at}/nodes", {"name": name}) for name in "abc"]
        first = {"source_node_id": nodes[0], "target_node_id": nodes[1]}
        self.api.post(f"{at}/links", first)
        second = self.api.post(f"{at}/links", {"source_node_id": nodes[1], "target_node_id": nodes[2]})
        back = {"data": {"source_node_id": nodes[2], "target_node_id": nodes[0]}}
        self.api.call("POST", f"{at}/links", back)
        self.api.call(
            "PUT",
            f"{at}/links/{second}",
            {"data": {"source_node_id": nodes[1], "target_node_id": nodes[0], "meter_uuid": None}},
        )
        self.api.call("PUT", f"{at}/links/{second}", {"data": {**first, "meter_uuid": None}})
        self.api.call("DELETE", f"{at}/nodes/{nodes[0]}")
        exported = {**self.api.get(f"{at}/export"), "name": self.world.name()}
        link = exported["links"][0]
        for name, value in (
            ("target_node", {"id": "x"}),
            ("source_node", {"id": UNKNOWN}),
            ("target_node", {"id": UNKNOWN}),
            ("meter", {"uuid": ""}),
        ):
            self.api.call(
                "POST", "/energyflowdiagrams/import", {**exported, "links": [{**link, name: value}]}
            )
        self.api.call("POST", "/energyflowdiagrams/import", {**exported, "links": [link, link]})

    def names(self) -> None:
        """Names that another row has."""
        first, _ = (self.world.make("/spaces", parent_space_id=1, name=name) for name in ("x 1", "x 2"))
        self.api.call("PUT", f"/spaces/{first}", self._body("/spaces", parent_space_id=1, name="x 2"))
        centers = [self.world.make("/costcenters", external_id=text) for text in ("e 1", "e 2")]
        self.api.call("PUT", f"/costcenters/{centers[0]}", self._body("/costcenters", external_id="e 2"))
        self.api.call("POST", "/costcenters", self._body("/costcenters", external_id="e 2"))
        calendar = self.world.make("/workingcalendars")
        days = [
            self.api.post(f"/workingcalendars/{calendar}/nonworkingdays", {"date_local": f"2026-12-{day}"})
            for day in (25, 26)
        ]
        self.api.call("PUT", f"/nonworkingdays/{days[0]}", {"data": {"date_local": "2026-12-26"}})

    def relations(self) -> None:
        """Rows that others need, and the root."""
        source = self.world.make("/datasources")
        point = self.world.make("/points", data_source_id=source)
        meter = self.world.make("/meters")
        self.api.call("POST", f"/meters/{meter}/points", {"data": {"point_id": point}})
        self.api.call("DELETE", f"/datasources/{source}")
        for kind, collection in zip(("meter", "virtual_meter", "offline_meter"), KINDS, strict=True):
            key = self.world.make(f"/{collection}")
            variables = [{"name": "x1", "meter_type": kind, "meter_id": key}]
            self.world.make("/virtualmeters", expression={"equation": "x1 * 2", "variables": variables})
            self.api.call("DELETE", f"/{collection}/{key}")
        code = self.world.name()
        protocol = self.world.make("/protocols", code=code)
        self.world.make("/datasources", protocol=code)
        self.api.call("DELETE", f"/protocols/{protocol}")
        self.api.call("DELETE", "/spaces/1")
        self.api.call("POST", "/spaces/1/clone")

    def queries(self) -> None:
        """Queries that cannot be answered."""
        for owner in ("spaces", "tenants", "stores", "shopfloors", "equipments", "combinedequipments"):
            self.api.call("GET", f"/meters/{UNKNOWN}/{owner}", params={"type": "virtualmeters"})
        self.api.call("PUT", "/webmessagesnew", {"data": {"status": "acknowledged", "reply": "seen"}})
        for path in (
            "textmessages",
            "emailmessages",
            "wechatmessages",
            "webmessages",
            "tickets",
            "notifications",
        ):
            for wrong in (
                {"startdatetime": "x"},
                {"enddatetime": "x"},
                {"startdatetime": FAR["enddatetime"], "enddatetime": FAR["startdatetime"]},
                {"status": "nonsense"},
                {"status": "all", "priority": "nonsense"},
            ):
                self.api.call("GET", f"/{path}", params={**FAR, **wrong})
