import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";

export interface TreeNode {
  id: number;
  name: string;
  children?: readonly TreeNode[];
}

interface FlatNode {
  node: TreeNode;
  depth: number;
  parent: number | null;
  isOpen: boolean;
}

export interface TreeProps {
  label: string;
  root: TreeNode;
  selected: number | null;
  /** Only nodes with this text in their name, and their parents. */
  filter: string;
  onSelect: (id: number) => void;
}

function matches(node: TreeNode, text: string): boolean {
  return (
    node.name.toLowerCase().includes(text) || (node.children ?? []).some((child) => matches(child, text))
  );
}

/** Ids on the way from the root to `id`. */
function pathTo(node: TreeNode, id: number | null): number[] {
  if (node.id === id) return [node.id];
  for (const child of node.children ?? []) {
    const rest = pathTo(child, id);
    if (rest.length > 0) return [node.id, ...rest];
  }
  return [];
}

function flatten(root: TreeNode, open: ReadonlySet<number>, filter: string): FlatNode[] {
  const text = filter.trim().toLowerCase();
  const out: FlatNode[] = [];
  const walk = (node: TreeNode, depth: number, parent: number | null) => {
    if (text && !matches(node, text)) return;
    const isOpen = text !== "" || open.has(node.id);
    out.push({ node, depth, parent, isOpen });
    if (isOpen) for (const child of node.children ?? []) walk(child, depth + 1, node.id);
  };
  walk(root, 0, null);
  return out;
}

/** A tree with one selectable node; arrows, Home, End and Enter work as in the ARIA pattern. */
export function Tree({ label, root, selected, filter, onSelect }: TreeProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set([root.id, ...pathTo(root, selected)]));
  const [focused, setFocused] = useState(selected ?? root.id);
  const list = useRef<HTMLDivElement>(null);
  const flat = useMemo(() => flatten(root, open, filter), [root, open, filter]);
  const focusId = flat.some((f) => f.node.id === focused) ? focused : flat[0]?.node.id;

  const toggle = (id: number, to?: boolean) => {
    const next = new Set(open);
    if (to ?? !next.has(id)) next.add(id);
    else next.delete(id);
    setOpen(next);
  };
  const focus = (id: number | undefined | null) => {
    if (id === undefined || id === null) return;
    setFocused(id);
    list.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = flat.findIndex((f) => f.node.id === focusId);
    const here = flat[at];
    if (!here) return;
    const hasChildren = (here.node.children?.length ?? 0) > 0;
    const move = new Map<string, () => void>([
      ["ArrowDown", () => focus(flat[at + 1]?.node.id)],
      ["ArrowUp", () => focus(flat[at - 1]?.node.id)],
      ["Home", () => focus(flat[0]?.node.id)],
      ["End", () => focus(flat.at(-1)?.node.id)],
      [
        "ArrowRight",
        () => (hasChildren && !here.isOpen ? toggle(here.node.id, true) : focus(flat[at + 1]?.node.id)),
      ],
      ["ArrowLeft", () => (hasChildren && here.isOpen ? toggle(here.node.id, false) : focus(here.parent))],
      ["Enter", () => onSelect(here.node.id)],
      [" ", () => onSelect(here.node.id)],
    ]).get(event.key);
    if (!move) return;
    event.preventDefault();
    move();
  };

  return (
    <div className="tree" role="tree" aria-label={label} ref={list} onKeyDown={onKey}>
      {flat.map(({ node, depth, isOpen }) => {
        const hasChildren = (node.children?.length ?? 0) > 0;
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself handles the keys of all its items
          <div
            key={node.id}
            role="treeitem"
            aria-level={depth + 1}
            aria-selected={node.id === selected}
            aria-expanded={hasChildren ? isOpen : undefined}
            tabIndex={node.id === focusId ? 0 : -1}
            data-id={node.id}
            className="tree__item"
            style={{ paddingInlineStart: 6 + depth * 18 }}
            onClick={() => onSelect(node.id)}
          >
            {hasChildren ? (
              <span
                className={`tree__twist ${isOpen ? "tree__twist--open" : ""}`}
                aria-hidden="true"
                onClick={(event) => {
                  event.stopPropagation();
                  toggle(node.id);
                }}
              >
                <ChevronRight size={14} />
              </span>
            ) : (
              <span className="tree__twist" aria-hidden="true" />
            )}
            <span className="tree__name">{node.name}</span>
          </div>
        );
      })}
    </div>
  );
}
