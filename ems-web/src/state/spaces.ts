import { api, type TreeNode } from "@ems/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { TREE_PATH } from "./paths";

/** A space of the tree that the user may see. */
export interface SpaceNode extends TreeNode {
  id: number;
  name: string;
  uuid: string;
  latitude?: number | null;
  longitude?: number | null;
  children?: SpaceNode[];
}

export const spaceTreeQuery = queryOptions({
  queryKey: ["spaces", "tree"],
  staleTime: 5 * 60_000,
  queryFn: ({ signal }) => api.get<SpaceNode>(TREE_PATH, { signal }),
});

/** The user's space tree. */
export function useSpaceTree() {
  return useQuery(spaceTreeQuery);
}

/** The node with this id, or undefined. */
export function findSpace(root: SpaceNode | undefined, id: number): SpaceNode | undefined {
  if (!root) return undefined;
  if (root.id === id) return root;
  for (const child of root.children ?? []) {
    const found = findSpace(child, id);
    if (found) return found;
  }
  return undefined;
}

/** All spaces, parents before children, with the names above them. */
export function listSpaces(
  root: SpaceNode,
  trail: readonly string[] = [],
): { space: SpaceNode; trail: readonly string[] }[] {
  const below = [...trail, root.name];
  return [{ space: root, trail }, ...(root.children ?? []).flatMap((child) => listSpaces(child, below))];
}

/**
 * Two spaces worth comparing: none is a part of the other, where the tree has such.
 *
 * @param first The one that was chosen; null for the first that has a neighbour.
 */
export function spacePair(root: SpaceNode, first: number | null): readonly (SpaceNode | undefined)[] {
  const spaces = listSpaces(root).map(({ space }) => space);
  const isBelow = (one: SpaceNode, other: SpaceNode) => findSpace(other, one.id) !== undefined;
  const areApart = (one: SpaceNode, other: SpaceNode) => !isBelow(one, other) && !isBelow(other, one);
  const otherOf = (one: SpaceNode) => spaces.find((other) => areApart(one, other));
  const chosen = spaces.find((space) => space.id === first);
  const one = chosen ?? spaces.find(otherOf) ?? root;
  return [one, otherOf(one) ?? spaces.find((other) => other !== one)];
}
