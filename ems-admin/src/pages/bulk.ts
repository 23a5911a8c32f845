import { api } from "@ems/ui";
import { collectionPath, type Field, type Resource } from "../model/description";
import { type Item, idOf, initialValues, isSent, toBody, type Values } from "../model/values";

/** Resources whose many can't be changed at once: each change of an account stands for itself. */
const ONE_BY_ONE = new Set(["users"]);

export function canBulk(resource: Resource): boolean {
  return resource.can.includes("update") && !ONE_BY_ONE.has(resource.name);
}

/** Fields that can be the same for many items: no names, secrets or tables. */
export function bulkFields(resource: Resource): Field[] {
  const label = resource.label ?? "name";
  return resource.fields.filter(
    (field) =>
      isSent(field, false) &&
      field.name !== label &&
      field.type !== "table" &&
      field.type !== "secret" &&
      field.type !== "json" &&
      field.required_if === undefined,
  );
}

/** The body that leaves an item as it is, but for some values. */
export function bodyOf(resource: Resource, item: Item, changed: Values): Record<string, unknown> {
  const sent = resource.fields.filter((field) => isSent(field, false));
  const values = { ...initialValues(sent, item), ...changed };
  return { id: Number(idOf(resource, item)), ...toBody(resource.fields, values, false) };
}

/** Give many items a value, all or none; answers what takes it back. */
export async function changeMany(
  resource: Resource,
  items: readonly Item[],
  changed: Values,
): Promise<() => Promise<unknown>> {
  const path = `/v1${collectionPath(resource)}/bulk`;
  const before = items.map((item) => bodyOf(resource, item, {}));
  await api.put(path, { data: items.map((item) => bodyOf(resource, item, changed)) });
  return () => api.put(path, { data: before });
}
