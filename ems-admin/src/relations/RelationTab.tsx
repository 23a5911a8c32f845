import { type Relation, type Resource, useDescription } from "../model/description";
import { BindingTab } from "./BindingTab";
import { ChildTab } from "./ChildTab";

export interface RelationTabProps {
  resource: Resource;
  id: string;
  relation: Relation;
  canWrite: boolean;
}

/** What an item is related to, by the kind of relation. */
export function RelationTab({ resource, id, relation, canWrite }: RelationTabProps) {
  const { resources } = useDescription();
  const target = resources.find((r) => r.name === relation.resource);
  const path = `${resource.path}/${id}/${relation.path}`;
  if (relation.kind === "binding") {
    return <BindingTab path={path} relation={relation} target={target} canWrite={canWrite} />;
  }
  return (
    <ChildTab path={path} parent={{ resource, id }} relation={relation} target={target} canWrite={canWrite} />
  );
}
