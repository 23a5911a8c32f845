import { useEffect, useState } from "react";
import type { EditedDocument } from "./blocks";

const PREFIX = "ems.document.";

function stored(id: string): EditedDocument | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(PREFIX + id) ?? "null") as EditedDocument | null;
    return Array.isArray(found?.blocks) ? found : null;
  } catch {
    return null;
  }
}

export interface EditedState {
  edited: EditedDocument;
  isChanged: boolean;
  change: (part: Partial<EditedDocument>) => void;
  /** Back to what is stored. */
  reset: () => void;
  /** What is stored is now this. */
  settle: () => void;
}

/** A document being worked on; what was done to it outlives leaving the page. */
export function useEdited(id: string, saved: EditedDocument): EditedState {
  const [kept] = useState(() => stored(id));
  const [edited, setEdited] = useState(kept ?? saved);
  const [isChanged, setChanged] = useState(kept !== null);
  useEffect(() => {
    if (isChanged) sessionStorage.setItem(PREFIX + id, JSON.stringify(edited));
    else sessionStorage.removeItem(PREFIX + id);
  }, [id, edited, isChanged]);
  return {
    edited,
    isChanged,
    change: (part) => {
      setEdited((before) => ({ ...before, ...part }));
      setChanged(true);
    },
    reset: () => {
      setEdited(saved);
      setChanged(false);
    },
    settle: () => {
      sessionStorage.removeItem(PREFIX + id);
      setChanged(false);
    },
  };
}
