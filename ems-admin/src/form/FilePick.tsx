import { Upload } from "lucide-react";
import { useState } from "react";

export interface FilePickProps {
  label: string;
  accept: string;
  onPick: (file: File | null) => void;
}

/** Choosing a file by a button in the page's own language; the browser's own speaks that of the browser. */
export function FilePick({ label, accept, onPick }: FilePickProps) {
  const [name, setName] = useState("");
  return (
    <div className="file-pick">
      <label className="btn">
        <Upload size={16} aria-hidden="true" />
        {label}
        <input
          className="vh"
          type="file"
          accept={accept}
          onChange={(event) => {
            const file = event.target.files?.[0] ?? null;
            setName(file?.name ?? "");
            onPick(file);
          }}
        />
      </label>
      {name && <span className="muted wrap">{name}</span>}
    </div>
  );
}
