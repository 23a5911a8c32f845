/** Careful reading of report answers: a missing member is "no data", never a crash. */
export type Json = Readonly<Record<string, unknown>>;

export function object(parent: Json, name: string): Json {
  const value = parent[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function number(parent: Json, name: string): number | null {
  return toNumber(parent[name]);
}

export function text(parent: Json, name: string): string {
  const value = parent[name];
  return typeof value === "string" ? value : "";
}

function toNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function list(parent: Json, name: string): readonly unknown[] {
  const value = parent[name];
  return Array.isArray(value) ? value : [];
}

export function texts(parent: Json, name: string): string[] {
  return list(parent, name).map((value) => (typeof value === "string" ? value : ""));
}

export function numbers(parent: Json, name: string): (number | null)[] {
  return list(parent, name).map(toNumber);
}

export function textRows(parent: Json, name: string): string[][] {
  return list(parent, name).map((row) => (Array.isArray(row) ? row.map(String) : []));
}

export function numberRows(parent: Json, name: string): (number | null)[][] {
  return list(parent, name).map((row) => (Array.isArray(row) ? row.map(toNumber) : []));
}
