import { API_BASE, ApiError, classify, sessionHeaders } from "@ems/ui";

export interface ArchiveFault {
  pointer: string;
  detail: string;
}

export interface ArchiveReport {
  /** Table → rows; what the archive holds, or what was written. */
  rows: Readonly<Record<string, number>>;
  faults: readonly ArchiveFault[];
  /** A sentence of the API when it refused as a whole. */
  refused: ApiError | null;
}

interface Answer {
  rows?: Readonly<Record<string, number>>;
  errors?: readonly ArchiveFault[];
  description?: string;
  detail?: string;
}

/** Send an archive to be checked only, or to be imported; faults of it are an answer, not an exception. */
export async function sendArchive(file: Blob, isTrial: boolean): Promise<ArchiveReport> {
  let response: Response;
  try {
    response = await fetch(`${API_BASE}/v1/archive${isTrial ? "?dryrun=true" : ""}`, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/zip", ...sessionHeaders() },
      body: file,
    });
  } catch {
    throw new ApiError(0, "", "network");
  }
  const answer = (await response.json()) as Answer;
  if (response.ok) return { rows: answer.rows ?? {}, faults: [], refused: null };
  const key = answer.description ?? "";
  const refused = new ApiError(response.status, key, classify(response.status, key), answer.detail ?? "");
  return { rows: {}, faults: answer.errors ?? [], refused };
}
