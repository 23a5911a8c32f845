import { ApiError } from "@ems/ui";
import type { Field, Resource } from "./description";

/** An item as the API answers it. */
export type Item = Readonly<Record<string, unknown>>;

/** Values of a form by the dotted names of its fields. */
export type Values = Record<string, unknown>;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member at a dotted path, or undefined. */
export function getPath(item: unknown, path: string): unknown {
  let at: unknown = item;
  for (const name of path.split(".")) {
    if (!isObject(at)) return undefined;
    at = at[name];
  }
  return at;
}

/** Set the member at a dotted path, making the objects on the way. */
export function setPath(target: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? path;
  let at = target;
  for (const name of names) {
    const next = at[name];
    if (isObject(next)) at = next;
    else {
      const made: Record<string, unknown> = {};
      at[name] = made;
      at = made;
    }
  }
  at[last] = value;
}

/** A path without the `_id` that a reference carries in bodies but not in answers. */
function withoutId(name: string): string {
  return name.replace(/(_id|\.id)$/, "");
}

/** What an item holds for a field, as the form wants it. */
export function readField(item: unknown, field: Field): unknown {
  const direct = getPath(item, field.read_name ?? field.name);
  const found =
    direct === undefined && field.type === "reference" ? getPath(item, withoutId(field.name)) : direct;
  if (field.type === "reference" && isObject(found)) return found[field.reference_value ?? "id"] ?? null;
  // Wall clock of the site: the offset that `/v1` adds is the site's own.
  if (field.type === "datetime" && typeof found === "string") return found.slice(0, 19);
  if (field.type === "json") return toJsonText(found, field);
  if (field.type === "table" && Array.isArray(found) && field.fields) {
    const columns = field.fields;
    return found.map((row) =>
      Object.fromEntries(columns.map((column) => [column.name, readField(row, column)])),
    );
  }
  return found ?? null;
}

function toJsonText(value: unknown, field: Field): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (field.json_as !== "value" && typeof value === "string") return prettyJson(value);
  return JSON.stringify(value, null, 2);
}

/** Indented, when it is JSON at all. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The values a form starts with. */
export function initialValues(fields: readonly Field[], item: Item | null, presets: Values = {}): Values {
  const values: Values = {};
  for (const field of fields) {
    if (item) values[field.name] = readField(item, field);
    else
      values[field.name] = presets[field.name] ?? field.default ?? (field.type === "boolean" ? false : null);
  }
  return values;
}

/** Whether a field takes part in a form. */
export function isSent(field: Field, isNew: boolean): boolean {
  return !field.read_only && (isNew || !field.create_only);
}

/** Whether the condition of a field holds. */
export function isWanted(field: Field, values: Values): boolean {
  const condition = field.required_if;
  return !condition || values[condition.field] === condition.equals;
}

function sendValue(value: unknown, field: Field): unknown {
  if (typeof value === "string" && value.trim() === "") return null;
  if (field.type === "json" && typeof value === "string") {
    return field.json_as === "value" ? JSON.parse(value) : compactJson(value);
  }
  if (field.type === "table" && Array.isArray(value)) {
    return value.map((row) => toBody(field.fields ?? [], row as Values, true));
  }
  return value ?? null;
}

function compactJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** The body of a create or update, without its `data` wrapper. */
export function toBody(fields: readonly Field[], values: Values, isNew: boolean): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    if (!isSent(field, isNew) || !isWanted(field, values)) continue;
    const value = sendValue(values[field.name], field);
    // A secret that was not typed stays as it is.
    if (field.type === "secret" && value === null) continue;
    setPath(body, field.name, value);
  }
  return body;
}

/** The text that names an item. */
export function labelOf(resource: Resource, item: Item): string {
  const label = item[resource.label ?? "name"] ?? item.name ?? item[resource.identity];
  return String(label ?? "");
}

/** The id of an item as it stands in addresses. */
export function idOf(resource: Resource, item: Item): string {
  return String(item[resource.identity] ?? "");
}

/** The field that an API error is about, or undefined. */
export function fieldOfError(error: unknown, fields: readonly Field[]): Field | undefined {
  if (!(error instanceof ApiError) || !error.key) return undefined;
  const listed = fields.find((field) => field.errors?.includes(error.key));
  if (listed) return listed;
  const code = error.key
    .replace(/^API\.(INVALID_)?/, "")
    .replace(/(_VALUE|_NOT_FOUND|_IS_ALREADY_IN_USE)$/, "");
  const byName = fields.find((field) => {
    const name = field.name.replaceAll(".", "_").toUpperCase();
    return name === code || name.replace(/_ID$/, "") === code.replace(/_ID$/, "");
  });
  return byName ?? (code.endsWith("_NAME") ? fields.find((field) => field.name === "name") : undefined);
}
