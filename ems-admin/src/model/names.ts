import { humanise } from "@ems/ui";
import { useTranslation } from "react-i18next";
import type { Field, Group, Relation, Resource } from "./description";

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export interface Names {
  group: (group: Group) => string;
  resource: (resource: Resource) => string;
  singular: (resource: Resource) => string;
  field: (field: Field, resource?: Resource) => string;
  /** What one of the values of a field is called. */
  choice: (field: Field, value: unknown) => string;
  relation: (relation: Relation, target?: Resource) => string;
  /** What a field means, in a sentence, or undefined. */
  help: (field: Field, resource: Resource) => string | undefined;
  /** What a resource is for, in a sentence, or undefined. */
  purpose: (resource: Resource) => string | undefined;
}

/** Names of resources and fields in the user's language; the API's own where there is none. */
export function useNames(): Names {
  const { t } = useTranslation("model");
  const text = (key: string, fallback: string) => t(key, { defaultValue: "" }) || fallback;
  // A child such as "equipments-parameters" is called by its last part.
  const last = (name: string) => name.split("-").pop() ?? name;
  const resource = (r: Resource) =>
    text(`resource.${r.name}`, "") || text(`relation.${last(r.name)}`, capital(r.title));
  const point = (name: string) => {
    const symbol = /^(.+)_point_id$/.exec(name)?.[1];
    return symbol ? t("point", { name: capital(humanise(symbol)), defaultValue: "" }) : "";
  };
  return {
    group: (g) => text(`group.${g.name}`, g.title),
    resource,
    singular: (r) =>
      text(`singular.${r.name}`, "") || text(`relation.${last(r.name)}`, capital(r.singular ?? r.title)),
    field: (f, r) => {
      const plain = f.name.replaceAll(".", "_");
      const own = r ? text(`fieldOf.${r.name}.${plain}`, "") : "";
      return own || text(`field.${plain}`, "") || point(plain) || capital(f.title ?? humanise(plain));
    },
    choice: (f, value) => text(`choice.${String(value)}`, f.choice_titles?.[String(value)] ?? String(value)),
    help: (f, r) => {
      const plain = f.name.replaceAll(".", "_");
      return text(`helpOf.${r.name}.${plain}`, "") || text(`help.${plain}`, "") || f.help;
    },
    purpose: (r) => text(`purpose.${r.name}`, "") || r.help,
    relation: (relation, target) =>
      text(`relation.${relation.name}`, "") ||
      (target ? resource(target) : capital(relation.title ?? relation.name)),
  };
}
