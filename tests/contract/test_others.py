"""The routes that are no plain resource: accounts, messages, files, menus, views."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ems_api.testing import Api

from .facts import Handler, contract
from .walk import Walk
from .world import World

pytestmark = pytest.mark.db
PERIOD = {"startdatetime": "2020-01-01T00:00:00", "enddatetime": "2035-01-01T00:00:00"}
FAR = "2030-01-01T00:00:00"
BOUNDARY = "a-boundary"


def bare(handler: Handler) -> Handler:
    """The handler without the shape of its answer."""
    return Handler(**{**handler.__dict__, "shape": None})


def upload(api: Any, path: str, name: str, content: bytes) -> Any:
    body = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    body += content + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return api.call("POST", path, headers=headers, body_bytes=body)


@pytest.fixture
def walk(api: Api, world: World) -> Walk:
    return Walk(api, world)


def check(walk: Walk, capsys: Any, title: str) -> None:
    with capsys.disabled():
        print(f"\n{title}: {len(walk.notes.walked)} routes walked, {walk.notes.checks} comparisons")
    assert not walk.notes.differences, "\n".join(walk.notes.differences)


@pytest.mark.parametrize(
    "path", ["/costfiles", "/datarepairfiles", "/energyplanfiles", "/offlinemeterfiles", "/knowledgefiles"]
)
def test_files(walk: Walk, api: Any, capsys: Any, path: str) -> None:
    handlers = contract().handlers
    name, content = ("a.txt", b"text") if path == "/knowledgefiles" else ("a.xlsx", b"PK\x03\x04")
    made = upload(api, path, name, content)
    walk.answer(made, bare(handlers["POST", path]))
    one = made.headers["location"]
    walk.answer(api.call("GET", path), handlers["GET", path])
    walk.answer(api.call("GET", one), handlers["GET", f"{path}/{{id_}}"])
    walk.answer(api.call("GET", f"{one}/restore"), handlers["GET", f"{path}/{{id_}}/restore"])
    walk.answer(api.call("DELETE", one), handlers["DELETE", f"{path}/{{id_}}"])
    walk._bad_paths(f"{path}/{{id_}}", None)
    check(walk, capsys, path)


@pytest.mark.parametrize("path", ["/emailmessages", "/textmessages", "/wechatmessages"])
def test_outboxes(walk: Walk, api: Any, world: World, capsys: Any, path: str) -> None:
    handlers = contract().handlers
    made = api.call("POST", path, {"data": world.body(handlers["POST", path])})
    walk.answer(made, bare(handlers["POST", path]))
    one = made.headers["location"]
    walk.answer(api.call("GET", path, params=PERIOD), handlers["GET", path])
    walk.answer(api.call("GET", one), handlers["GET", f"{path}/{{id_}}"])
    data = world.body(handlers["PUT", f"{path}/{{id_}}"])
    walk.answer(api.call("PUT", one, {"data": data}), handlers["PUT", f"{path}/{{id_}}"])
    walk._field_errors(handlers["POST", path], path, None)
    walk.answer(api.call("DELETE", one), handlers["DELETE", f"{path}/{{id_}}"])
    check(walk, capsys, path)


def test_registration(walk: Walk, api: Any, capsys: Any) -> None:
    handlers = contract().handlers
    mail = {"recipient_email": "new@example.com", "subject": "s", "message": "m"}
    mail |= {"created_datetime": FAR, "scheduled_datetime": FAR}
    sent = api.client.simulate_post("/users/emailmessages", json={"data": mail})
    walk.answer(sent, bare(handlers["POST", "/users/emailmessages"]))
    one = sent.headers["location"]
    walk.answer(
        api.call("GET", "/users/emailmessages", params=PERIOD), handlers["GET", "/users/emailmessages"]
    )
    walk.answer(api.call("GET", one), handlers["GET", "/users/emailmessages/{id_}"])
    with api.services.dbs.session("user_db") as session:
        text = session.scalar(
            "SELECT message FROM tbl_email_messages WHERE recipient_email = 'new@example.com'"
        )
    code = re.search(r"\d{6}", text).group()  # type: ignore[union-attr]
    change = {**mail, "recipient_name": "n", "status": "new"}
    walk.answer(api.call("PUT", one, {"data": change}), handlers["PUT", "/users/emailmessages/{id_}"])
    walk.answer(api.call("DELETE", one), handlers["DELETE", "/users/emailmessages/{id_}"])
    user = {"name": "new", "display_name": "New", "email": "new@example.com", "password": "a pass word"}
    made = api.client.simulate_post("/users/newusers", json={"data": {**user, "verification_code": code}})
    walk.answer(made, bare(handlers["POST", "/users/newusers"]))
    one = made.headers["location"]
    walk.answer(api.call("GET", "/users/newusers"), handlers["GET", "/users/newusers"])
    walk.answer(api.call("GET", one), handlers["GET", "/users/newusers/{id_}"])
    walk.answer(api.call("PUT", one, {"data": user}), handlers["PUT", "/users/newusers/{id_}"])
    body = {"data": {"is_admin": False, "is_read_only": False}}
    walk.answer(
        api.call("PUT", f"{one}/approve", body), bare(handlers["PUT", "/users/newusers/{id_}/approve"])
    )
    with api.services.dbs.session("user_db") as session:
        session.execute(
            "INSERT INTO tbl_new_users (name, uuid, display_name, email, salt, password)"
            " VALUES ('x', '11111111-1111-1111-1111-111111111111', 'X', 'x@example.com', 's', 'p')"
        )
        key = session.insert_id
    walk.answer(api.call("DELETE", f"/users/newusers/{key}"), handlers["DELETE", "/users/newusers/{id_}"])
    check(walk, capsys, "registration")


def test_users(walk: Walk, api: Any, capsys: Any) -> None:
    handlers = contract().handlers
    key = walk._user()
    walk.notes.walked.add("POST /users")
    walk.answer(api.call("GET", "/users"), handlers["GET", "/users"])
    one = f"/users/{key}"
    walk.answer(api.call("GET", one), handlers["GET", "/users/{id_}"])
    shown = api.get(one)
    names = (
        "name",
        "display_name",
        "email",
        "is_admin",
        "account_expiration_datetime",
        "password_expiration_datetime",
    )
    data = {name: shown[name] for name in names}
    walk.answer(api.call("PUT", one, {"data": data}), handlers["PUT", "/users/{id_}"])
    walk._field_errors(handlers["POST", "/users"], "/users", None)
    walk._bad_paths("/users/{id_}", None)
    name, password = shown["name"], "another pass word"
    body = {"data": {"name": name, "password": password}}
    walk.answer(api.call("PUT", "/users/resetpassword", body), handlers["PUT", "/users/resetpassword"])
    for _ in range(3):
        api.call("PUT", "/users/login", {"data": {"name": name, "password": "wrong"}})
    walk.answer(api.call("PUT", f"/users/unlock/{key}"), handlers["PUT", "/users/unlock/{id_}"])
    signed = api.call("PUT", "/users/login", {"data": {"name": name, "password": password}})
    walk.answer(signed, handlers["PUT", "/users/login"])
    own = Api(api.services, api.client, {"USER-UUID": signed.json["uuid"], "TOKEN": signed.json["token"]})
    change = {"data": {"old_password": password, "new_password": "a third pass word"}}
    walk.answer(own.call("PUT", "/users/changepassword", change), handlers["PUT", "/users/changepassword"])
    walk.answer(own.call("PUT", "/users/logout"), handlers["PUT", "/users/logout"])
    walk.answer(api.call("DELETE", one), handlers["DELETE", "/users/{id_}"])
    forgot = {"data": {"verification_code": "1", "password": "x", "email": "x@example.com"}}
    refused = api.client.simulate_put("/users/forgotpassword", json=forgot)
    walk.error(refused, list(handlers["PUT", "/users/forgotpassword"].errors), "forgotpassword")
    walk.notes.walked.add("PUT /users/forgotpassword")
    walk.answer(api.call("GET", "/logs"), handlers["GET", "/logs"])
    check(walk, capsys, "users")


def test_privileges_keys_and_zones(walk: Walk, api: Any, world: World, capsys: Any) -> None:
    handlers = contract().handlers
    for path in ("/privileges", "/apikeys"):
        post = handlers["POST", path]
        data = world.body(post, expires_datetime=FAR) if path == "/apikeys" else world.body(post)
        made = api.call("POST", path, {"data": data})
        walk.answer(made, bare(post))
        one = made.headers["location"]
        walk.answer(api.call("GET", path), handlers["GET", path])
        if ("GET", f"{path}/{{id_}}") in handlers:
            walk.answer(api.call("GET", one), handlers["GET", f"{path}/{{id_}}"])
        walk.answer(
            api.call("PUT", one, {"data": {**data, "name": world.name()}}), handlers["PUT", f"{path}/{{id_}}"]
        )
        walk.answer(api.call("DELETE", one), handlers["DELETE", f"{path}/{{id_}}"])
    zone = api.get("/timezones/1")
    walk.answer(api.call("GET", "/timezones"), handlers["GET", "/timezones"])
    walk.answer(api.call("GET", "/timezones/1"), handlers["GET", "/timezones/{id_}"])
    walk.answer(api.call("PUT", "/timezones/1", {"data": zone}), handlers["PUT", "/timezones/{id_}"])
    check(walk, capsys, "privileges, keys, zones")


def test_menus_and_version(walk: Walk, api: Any, capsys: Any) -> None:
    handlers = contract().handlers
    for path in ("/menus", "/menus/web", "/version"):
        walk.answer(api.call("GET", path), handlers["GET", path])
    key = api.get("/menus")[0]["id"]
    walk.answer(api.call("GET", f"/menus/{key}"), handlers["GET", "/menus/{id_}"])
    walk.answer(api.call("GET", f"/menus/{key}/children"), handlers["GET", "/menus/{id_}/children"])
    walk.answer(
        api.call("PUT", f"/menus/{key}", {"data": {"is_hidden": False}}), handlers["PUT", "/menus/{id_}"]
    )
    walk._bad_paths("/menus/{id_}", None)
    check(walk, capsys, "menus")


def test_messages_in_the_browser(walk: Walk, api: Any, world: World, capsys: Any) -> None:
    handlers = contract().handlers
    rule = world.row("/rules")

    def message() -> int:
        with api.services.dbs.session("fdd_db") as session:
            session.execute(
                "INSERT INTO tbl_web_messages (rule_id, user_id, subject, category, priority, message,"
                " created_datetime_utc, status) VALUES (%s, 1, 's', 'SPACE', 'LOW', 'm', '2026-01-01', 'new')",
                (rule,),
            )
            return int(session.insert_id)

    key = message()
    query = {**PERIOD, "status": "all", "priority": "ALL"}
    walk.answer(api.call("GET", "/webmessages", params=query), handlers["GET", "/webmessages"])
    walk.answer(api.call("GET", "/webmessagesnew"), handlers["GET", "/webmessagesnew"])
    walk.answer(api.call("GET", f"/webmessages/{key}"), handlers["GET", "/webmessages/{id_}"])
    data = {"data": {"status": "acknowledged", "reply": "seen"}}
    walk.answer(api.call("PUT", f"/webmessages/{key}", data), handlers["PUT", "/webmessages/{id_}"])
    message()  # the one before is no longer new
    walk.answer(api.call("PUT", "/webmessagesnew", data), handlers["PUT", "/webmessagesnew"])
    walk.answer(api.call("DELETE", f"/webmessages/{key}"), handlers["DELETE", "/webmessages/{id_}"])
    ids = {"ids": f"{message()},{message()}"}
    walk.answer(api.call("PUT", "/webmessagesbatch", ids), handlers["PUT", "/webmessagesbatch"])
    walk.answer(api.call("DELETE", "/webmessagesbatch", ids), handlers["DELETE", "/webmessagesbatch"])
    with api.services.dbs.session("user_db") as session:
        session.execute(
            "INSERT INTO tbl_notifications (user_id, created_datetime_utc, status, subject, message)"
            " VALUES (1, '2026-01-01', 'unread', 's', 'm')"
        )
        key = session.insert_id
    walk.answer(api.call("GET", "/notifications"), handlers["GET", "/notifications"])
    one = f"/notifications/{key}"
    walk.answer(api.call("GET", one), handlers["GET", "/notifications/{id_}"])
    walk.answer(api.call("PUT", one, {"data": {"status": "read"}}), handlers["PUT", "/notifications/{id_}"])
    walk.answer(api.call("DELETE", one), handlers["DELETE", "/notifications/{id_}"])
    walk.answer(api.call("GET", "/tickets", params={**PERIOD, "status": "all"}), handlers["GET", "/tickets"])
    check(walk, capsys, "messages in the browser")


def test_views_and_actions(walk: Walk, api: Any, world: World, capsys: Any) -> None:
    handlers = contract().handlers
    source, point = world.row("/datasources"), world.row("/points")
    gateway, system = world.row("/gateways"), world.row("/distributionsystems")
    world.row("/distributioncircuits")
    meter = world.row("/meters")
    world.make("/meters", master_meter_id=meter)
    reads = {
        "/datasources/{id_}/points": source,
        "/gateways/{id_}/datasources": gateway,
        "/distributionsystems/{id_}/distributioncircuits": system,
        "/meters/{id_}/submeters": meter,
        "/spaces/{id_}/children": 1,
        "/spaces/{id_}/treemetersenergycategories": 1,
    }
    for owner in (
        "combinedequipments",
        "energystoragecontainers",
        "energystoragepowerstations",
        "microgrids",
    ):
        reads[f"/{owner}/{{id_}}/datasourcepoints"] = world.row(f"/{owner}")
    reads["/photovoltaicpowerstations/{id_}/datasourcepoints"] = world.row("/photovoltaicpowerstations")
    reads["/equipments/{id_}/addpoints"] = world.row("/equipments")
    for path, key in reads.items():
        walk.answer(api.call("GET", path.replace("{id_}", str(key))), handlers["GET", path])
    for owner in ("combinedequipments", "equipments", "shopfloors", "spaces", "stores", "tenants"):
        handler = handlers["GET", f"/meters/{{id_}}/{owner}"]
        walk.answer(api.call("GET", f"/meters/{meter}/{owner}", params={"type": "meters"}), handler)
    walk.answer(api.call("GET", "/spaces/tree"), handlers["GET", "/spaces/tree"])
    limits = {"high_limit": 9, "low_limit": 0, "higher_limit": 10, "lower_limit": 0}
    walk.answer(
        api.call("PUT", f"/pointlimits/{point}", {"data": limits}), handlers["PUT", "/pointlimits/{id_}"]
    )
    value = {"data": {"set_value": 1}}
    walk.answer(api.call("PUT", f"/pointsetvalues/{point}", value), handlers["PUT", "/pointsetvalues/{id_}"])
    for path in ("/rules", "/advancedreports"):
        walk.answer(api.call("PUT", f"{path}/{world.row(path)}/run"), handlers["PUT", f"{path}/{{id_}}/run"])
    check(walk, capsys, "views and actions")


def test_non_working_days(walk: Walk, api: Any, world: World, capsys: Any) -> None:
    handlers = contract().handlers
    calendar = world.row("/workingcalendars")
    path = f"/workingcalendars/{calendar}/nonworkingdays"
    made = api.call("POST", path, {"data": {"date_local": "2026-12-25"}})
    walk.answer(made, bare(handlers["POST", "/workingcalendars/{id_}/nonworkingdays"]))
    walk.answer(api.call("GET", path), handlers["GET", "/workingcalendars/{id_}/nonworkingdays"])
    one = f"/nonworkingdays/{made.headers['location'].rsplit('/', 1)[1]}"
    walk.answer(api.call("GET", one), handlers["GET", "/nonworkingdays/{id_}"])
    walk.answer(
        api.call("PUT", one, {"data": {"date_local": "2026-12-26"}}), handlers["PUT", "/nonworkingdays/{id_}"]
    )
    walk.answer(api.call("DELETE", one), handlers["DELETE", "/nonworkingdays/{id_}"])
    check(walk, capsys, "non-working days")


def test_every_route_of_the_contract_is_served(api: Any, capsys: Any) -> None:
    missing = []
    for handler in contract().handlers.values():
        path = re.sub(r"\{\w+\}", "1", handler.path)
        result = api.client.simulate_request(handler.method, path)
        if result.json in ({"title": "404 Not Found"}, {"title": "405 Method Not Allowed"}):
            missing.append(f"{handler.method} {handler.path}")
    paths = {handler.path for handler in contract().handlers.values()}
    with capsys.disabled():
        print(f"\n{len(paths)} routes, {len(contract().handlers)} handlers: {len(missing)} are not served")
    assert missing == []
