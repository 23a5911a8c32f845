import { sendInSession } from "./client";
import { ApiError } from "./errors";

export interface StreamEvent {
  event: string;
  data: string;
}

/** Split the text of an event stream into events; answers the events and the unfinished rest. */
export function parseEvents(buffer: string): { events: StreamEvent[]; rest: string } {
  const blocks = buffer.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  const events: StreamEvent[] = [];
  for (const block of blocks) {
    let event = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) event = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
    }
    if (data.length > 0) events.push({ event, data: data.join("\n") });
  }
  return { events, rest };
}

export interface StreamHandlers {
  onOpen: () => void;
  onEvent: (event: StreamEvent) => void;
  /** The stream ended or failed; another try follows unless `isFinal`. */
  onLost: (error: unknown, isFinal: boolean) => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 20_000;

/** Milliseconds without a byte after which a stream counts as dead; the API pings more often. */
const SILENCE_MS = 45_000;

async function readStream(path: string, signal: AbortSignal, handlers: StreamHandlers): Promise<void> {
  const silence = new AbortController();
  const both = AbortSignal.any([signal, silence.signal]);
  const response = await sendInSession("GET", path, {
    signal: both,
    headers: { Accept: "text/event-stream" },
  });
  if (!response.body) throw new ApiError(0, "", "network");
  handlers.onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      const parsed = parseEvents(buffer + value);
      buffer = parsed.rest;
      for (const event of parsed.events) handlers.onEvent(event);
    }
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function isFinal(error: unknown): boolean {
  return error instanceof ApiError && (error.kind === "unsupported" || error.kind === "denied");
}

/**
 * Follow a server-sent event stream until `signal` aborts, reconnecting with growing pauses.
 *
 * Read with fetch because EventSource can't send the session's headers.
 */
export async function followStream(
  path: string,
  signal: AbortSignal,
  handlers: StreamHandlers,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    let failure: unknown = null;
    try {
      await readStream(path, signal, {
        ...handlers,
        onOpen: () => {
          pauseMs = FIRST_PAUSE_MS;
          handlers.onOpen();
        },
      });
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return;
    handlers.onLost(failure, isFinal(failure));
    if (isFinal(failure)) return;
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
