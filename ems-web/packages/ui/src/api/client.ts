import { sessionStore } from "../session/store";
import { takeEarly } from "./early";
import { ApiError, classify } from "./errors";

export type QueryValue = string | number | boolean | null | undefined;

export interface RequestOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** Where the API stands: always this origin, so that no token can leave it. */
export const API_BASE = "/api";

/** Path with its query; empty values are left out. */
export function buildUrl(path: string, query: Record<string, QueryValue> = {}): string {
  const pairs = Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== "");
  const search = new URLSearchParams(pairs.map(([k, v]) => [k, String(v)]));
  const tail = search.size > 0 ? `?${search}` : "";
  return `${API_BASE}${path}${tail}`;
}

/** Headers that tell the API who asks. */
export function sessionHeaders(): Record<string, string> {
  const user = sessionStore.get().user;
  return user ? { "User-UUID": user.uuid, Token: user.token } : {};
}

interface ErrorBody {
  description?: unknown;
  detail?: unknown;
}

function asErrorBody(value: unknown): ErrorBody {
  return typeof value === "object" && value !== null ? value : {};
}

async function readError(response: Response): Promise<ApiError> {
  let body: ErrorBody = {};
  try {
    body = asErrorBody(await response.json());
  } catch {
    // A proxy answered instead of the API; the status alone has to do.
  }
  const key = typeof body.description === "string" ? body.description : "";
  // Without a sentence of its own the API repeats the key.
  const detail = typeof body.detail === "string" && body.detail !== key ? body.detail : "";
  return new ApiError(response.status, key, classify(response.status, key), detail);
}

function ask(method: string, url: string, options: RequestOptions): Promise<Response> {
  const hasBody = options.body !== undefined;
  // What is under way already has the headers that every reading request has.
  const early = method === "GET" && !options.headers ? takeEarly(url) : null;
  if (early) return early;
  return fetch(url, {
    method,
    signal: options.signal ?? null,
    headers: {
      Accept: "application/json",
      // What is written may send a mail, which is to be in the language that was chosen here.
      ...(method === "GET" ? {} : { "Accept-Language": document.documentElement.lang || "en" }),
      ...(hasBody ? { "Content-Type": "application/json" } : {}),
      ...sessionHeaders(),
      ...options.headers,
    },
    body: hasBody ? JSON.stringify(options.body) : null,
  });
}

/** One fetch with the session's headers; throws `ApiError` for anything but a success. */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  let response: Response;
  try {
    response = await ask(method, buildUrl(path, options.query), options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "", "network");
  }
  if (response.ok) return response;
  throw await readError(response);
}

/**
 * Like `send`, but a session that ended in between asks for the password in place and the
 * request is repeated once, so that nothing that was typed or opened is lost.
 */
export async function sendInSession(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const tokenBefore = sessionStore.get().user?.token;
  try {
    return await send(method, path, options);
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== "session") throw error;
    // Another request may have renewed the session while this one was under way.
    if (sessionStore.get().user?.token === tokenBefore) await sessionStore.expire();
    return send(method, path, options);
  }
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

/** A file as the API made it. */
export interface ApiFile {
  name: string;
  blob: Blob;
}

function fileName(response: Response): string {
  const head = response.headers.get("Content-Disposition") ?? "";
  return /filename="([^"]+)"/.exec(head)?.[1] ?? "";
}

async function readBlob(response: Response, onProgress?: (ratio: number | null) => void): Promise<Blob> {
  const total = Number(response.headers.get("Content-Length")) || 0;
  if (!response.body || !onProgress) return response.blob();
  const reader = response.body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let read = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    read += value.length;
    onProgress(total > 0 ? Math.min(1, read / total) : null);
  }
  return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
}

/** The typed verbs of the API. */
export const api = {
  async get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return readJson<T>(await sendInSession("GET", path, options));
  },
  /** A file; `onProgress` gets the share that has come, null while the size is unknown. */
  async file(
    path: string,
    options: RequestOptions = {},
    onProgress?: (ratio: number | null) => void,
  ): Promise<ApiFile> {
    const response = await sendInSession("GET", path, {
      ...options,
      headers: { Accept: "*/*", ...options.headers },
    });
    return { name: fileName(response), blob: await readBlob(response, onProgress) };
  },
  async put<T = null>(path: string, body?: unknown): Promise<T> {
    return readJson<T>(await sendInSession("PUT", path, { body }));
  },
  /** Send something and read the answer. */
  async post<T = null>(path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
    return readJson<T>(await sendInSession("POST", path, { body, headers }));
  },
  /** Create; answers the id of the new item, read from the Location header. */
  async create(path: string, body?: unknown): Promise<string> {
    const response = await sendInSession("POST", path, { body });
    return response.headers.get("Location")?.split("/").pop() ?? "";
  },
  async remove(path: string): Promise<void> {
    await sendInSession("DELETE", path);
  },
};
