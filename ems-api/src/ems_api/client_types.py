"""The types of the Python client, made from the declarations: what each resource answers and takes.

The text is `ems_client/resources.py`, in the house's format, so that linting says of it what it says of code
written by hand.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable
from typing import Any, Final

import orjson

from ems_api.auth.users import NEW_USERS, USERS
from ems_api.openapi import body_schema, item_schema
from ems_api.resources.declare import Resource
from ems_api.resources.table import RESOURCES

Json = dict[str, Any]
WIDTH: Final = 110
SHORT: Final = 60
_WORDS: Final = {"integer": "int", "number": "float", "string": "str", "boolean": "bool", "null": "None"}
_HEAD: Final = '''"""The resources of the API and their rows, by name.

Made by `make generated` from the API's declarations; do not edit. It is as long as the API has resources.
"""

from __future__ import annotations

from typing import Literal, Never, Required, TypedDict

from ems_client.resource import Calls, Resource
'''
_REFERENCES: Final = {
    ("id", "name"): "Reference",
    ("id", "name", "uuid"): "ReferenceWithUuid",
    ("id", "name", "utc_offset"): "TimeZoneReference",
}


class Types:
    """The typed dictionaries of a module, each once."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._by_shape: dict[bytes, str] = {}

    def of(self, shape: Json, name: str, doc: str) -> str:
        """The name of the type of an object with these members; the type is written when it is new.

        Raises:
            ValueError: A member cannot be written as one, or another type has the name.
        """
        key = orjson.dumps([shape["properties"], sorted(shape.get("required", ()))])
        if key in self._by_shape:
            return self._by_shape[key]
        if name in self.texts:
            raise ValueError(f"two types are named {name}")
        self._by_shape[key] = name
        self.texts[name] = ""  # its place, before those of its members
        needed = set(shape.get("required", ()))
        lines = [f"class {name}(TypedDict, total=False):", f'    """{doc}"""', ""]
        for member, inner in shape["properties"].items():
            if not member.isidentifier() or keyword.iskeyword(member):
                raise ValueError(f"{name}: {member} is no name of a member")
            known = {"type": "integer"} if member == "id" and not inner else inner
            words = self.word(known, f"{name}{_camel(member)}")
            lines.append(f"    {member}: {f'Required[{words}]' if member in needed else words}")
        self.texts[name] = "\n".join(lines) + "\n"
        return name

    def word(self, shape: Json, name: str) -> str:
        """The annotation of a value; `name` is for the type of an object that has none yet.

        Raises:
            ValueError: There is none.
        """
        if "anyOf" in shape:
            return " | ".join(dict.fromkeys(self.word(one, name) for one in shape["anyOf"]))
        if "enum" in shape:
            return self._choice(shape["enum"], name)
        kinds = shape.get("type")
        if isinstance(kinds, list):
            return " | ".join(_WORDS[kind] for kind in kinds)
        if kinds == "array":
            return f"list[{self.word(shape['items'], name)}]"
        if kinds == "object" and "properties" in shape:
            common = _REFERENCES.get(tuple(shape["properties"]))
            doc = "A row that is referred to." if common else "Part of a row."
            return self.of({**shape, "required": []} if common else shape, common or name, doc)
        if kinds not in _WORDS:
            raise ValueError(f"{name}: {shape} has no type")
        return _WORDS[kinds]

    def _choice(self, values: Iterable[str], name: str) -> str:
        """The annotation of one of these texts: written out when short, else a type of its own."""
        texts = [f'"{value}"' for value in values]
        written = f"Literal[{', '.join(texts)}]"
        if len(written) <= SHORT:
            return written
        self.texts[name] = "\n".join([f"{name} = Literal[", *(f"    {text}," for text in texts), "]\n"])
        return name


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _class_name(resource: Resource) -> str:
    return _camel(resource.singular)


def _parameters(resource: Resource, types: Types) -> tuple[str, str, str]:
    """The types of a resource's rows, of what makes one, and of what changes one."""
    name, at = _class_name(resource), resource.route
    row = types.of(item_schema(resource), name, f"A row of `{at}`.")
    new = change = "Never"
    if "create" in resource.can:
        data = body_schema(resource)["properties"]["data"]
        new = types.of(data, f"{name}Data", f"What makes a row of `{at}`.")
    if "update" in resource.can:
        data = body_schema(resource, update=True)["properties"]["data"]
        change = types.of(data, f"{name}Change", f"What a row of `{at}` is replaced by.")
    return row, new, change


def _attribute(resource: Resource, types: Types, owner: Resource | None) -> list[str]:
    """The lines of the attribute, or the method, by which a resource is reached."""
    words = ", ".join(_parameters(resource, types))
    name = resource.name.replace("-", "_")
    if owner is None:
        head = ["", "    @property", f"    def {name}(self) -> Resource[{words}]:"]
        path = f'"{resource.route[1:]}"'
    else:
        head = ["", f"    def {name}(self, id_: int) -> Resource[{words}]:"]
        path = f'f"{resource.route[1:]}"'
    if len(head[-1]) > WIDTH:
        given = ["        self,"] if owner is None else ["        self,", "        id_: int,"]
        parts = [f"        {part}," for part in words.split(", ")]
        end = f"    ) -> Resource[{words}]:"
        head[-1:] = [f"    def {name}(", *given, *([end] if len(end) <= WIDTH else _broken(parts))]
    return [*head, f'        """Rows of `{resource.route}`."""', f"        return Resource(self, {path})"]


def _broken(parts: list[str]) -> list[str]:
    return ["    ) -> Resource[", *parts, "    ]:"]


def _all() -> Iterable[tuple[Resource, Resource | None]]:
    for resource in sorted((*RESOURCES, USERS), key=lambda one: one.route):
        yield resource, None
        for child in resource.children:
            if not child.flat_route:
                yield child, resource


def module() -> str:
    """The text of the module.

    Raises:
        ValueError: A declaration cannot be written as a type.
    """
    types = Types()
    lines = ["class Resources(Calls):", '    """What a client has for each resource."""']
    for resource, owner in _all():
        lines += _attribute(resource, types, owner)
    lines += ["", "    @property", *_new_users(types)]
    body = "\n\n".join(types.texts[name] for name in sorted(types.texts))
    return f"{_HEAD}\n\n{body}\n\n" + "\n".join(lines) + "\n"


def _new_users(types: Types) -> list[str]:
    """Those who asked for an account are below the users, but no rows of one of them."""
    row = types.of(item_schema(NEW_USERS), _class_name(NEW_USERS), f"A row of `{NEW_USERS.route}`.")
    return [
        f"    def users_newusers(self) -> Resource[{row}, Never, Never]:",
        f'        """Rows of `{NEW_USERS.route}`."""',
        f'        return Resource(self, "{NEW_USERS.route[1:]}")',
    ]
