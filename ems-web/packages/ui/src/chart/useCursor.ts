import { type RefObject, useEffect, useRef } from "react";
import { Cursor, type CursorSource } from "./cursor";

/** Let a cursor follow the pointer over the element that holds a chart; nothing is rendered anew while it moves. */
export function useCursor(area: RefObject<HTMLElement | null>, source: CursorSource, group?: string): void {
  const newest = useRef(source);
  newest.current = source;
  const cursor = useRef<Cursor | null>(null);
  useEffect(() => {
    if (!area.current) return;
    const made = new Cursor(area.current, () => newest.current, group);
    cursor.current = made;
    return () => made.dispose();
  }, [area, group]);
  useEffect(() => cursor.current?.refresh());
}
