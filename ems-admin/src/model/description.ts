import { api } from "@ems/ui";
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";

export type FieldType =
  | "text"
  | "number"
  | "integer"
  | "boolean"
  | "datetime"
  | "date"
  | "time"
  | "choice"
  | "reference"
  | "json"
  | "secret"
  | "table";

/** One member of an item, as the API describes it. */
export interface Field {
  /** Dotted path inside the body. */
  name: string;
  title?: string;
  /** Where the value stands in answers, when elsewhere. */
  read_name?: string;
  type: FieldType;
  required: boolean;
  nullable?: boolean;
  max_length?: number;
  multiline?: boolean;
  minimum?: number;
  maximum?: number;
  exclusive_minimum?: number;
  choices?: readonly (string | number | boolean)[];
  /** Names of choices that are called the same in every language. */
  choice_titles?: Readonly<Record<string, string>>;
  unit?: string;
  /** Name of the resource picked from. */
  reference?: string;
  /** Member of the referenced item that is stored; its identity when absent. */
  reference_value?: string;
  json_as?: "text" | "value";
  default?: unknown;
  read_only?: boolean;
  create_only?: boolean;
  fields?: readonly Field[];
  required_if?: { field: string; equals: unknown };
  /** Error keys that belong to this field. */
  errors?: readonly string[];
  help?: string;
  /** JSON with members of its own for each value of another field: its name, and the members by value. */
  parts_by?: string;
  parts?: Readonly<Record<string, readonly Field[]>>;
}

export type Ability = "list" | "read" | "create" | "update" | "delete" | "clone" | "export" | "import";

export interface Relation {
  name: string;
  title?: string;
  path: string;
  resource: string;
  kind: "binding" | "child" | "view";
  field?: string;
  flags?: readonly Field[];
  candidates?: string;
  /** Rules by which a member can be divided; energy is counted through such a relation, with terms. */
  allocations?: readonly string[];
  can?: readonly ("create" | "update" | "delete")[];
}

/** A kind of thing that can be configured. */
export interface Resource {
  name: string;
  title: string;
  singular?: string;
  path: string;
  item_path?: string;
  identity: string;
  label?: string;
  can: readonly Ability[];
  fields: readonly Field[];
  list_columns: readonly string[];
  search: boolean;
  relations: readonly Relation[];
  tree?: string;
  protected_ids?: readonly number[];
  help?: string;
}

export interface Group {
  name: string;
  title: string;
  resources: readonly string[];
}

export interface Description {
  version: number;
  groups: readonly Group[];
  resources: readonly Resource[];
}

const descriptionQuery = queryOptions({
  queryKey: ["description"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => api.get<Description>("/v1/description", { signal }),
});

/** The API's own description of its resources. */
export function useDescription(): Description {
  return useSuspenseQuery(descriptionQuery).data;
}

/** The resource of this name, or undefined. */
export function useResource(name: string | undefined): Resource | undefined {
  return useDescription().resources.find((resource) => resource.name === name);
}

/** The resource whose items are of a kind of the catalog (`virtual_meter`), or undefined. */
export function useResourceOfKind(kind: string | undefined): Resource | undefined {
  return useResource(kind && `${kind.replaceAll("_", "")}s`.replace(/ys$/, "ies"));
}

/** True when its collection lies below another item. */
export function isChild(resource: Resource): boolean {
  return resource.path.includes("{");
}

/** Path of the collection; children need their parent's id. */
export function collectionPath(resource: Resource, parentId?: string): string {
  return resource.path.replace(/\{[^}]+\}/, parentId ?? "");
}

/** Path of one item. */
export function itemPath(resource: Resource, id: string, parentId?: string): string {
  if (!resource.item_path) return `${collectionPath(resource, parentId)}/${id}`;
  const places = resource.item_path.match(/\{[^}]+\}/g)?.length ?? 0;
  const ids = places > 1 ? [parentId ?? "", id] : [id];
  return ids.reduce((path, one) => path.replace(/\{[^}]+\}/, one), resource.item_path);
}
