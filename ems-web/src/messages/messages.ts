import { api, type Span, toIsoLocal } from "@ems/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useNewestMessage } from "../live/store";
import { NEW_MESSAGES_PATH } from "../state/paths";

export type MessageStatus = "new" | "read" | "acknowledged";

/** A message of a rule to the user. */
export interface Message {
  id: number;
  subject: string;
  message: string;
  /** Instant [ms]. */
  created_datetime: number;
  /** When what it tells of began and ended [ms]; without an end it goes on. */
  start_datetime: number | null;
  end_datetime: number | null;
  status: MessageStatus;
  reply: string | null;
  /** How pressing its rule says it is. */
  priority: Exclude<Priority, "ALL">;
}

export const STATUSES = ["all", "new", "read", "acknowledged"] as const;
export const PRIORITIES = ["ALL", "CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;
export type Priority = (typeof PRIORITIES)[number];

const NEW_EVERY_MS = 60_000;

/** Messages that nobody has looked at yet. */
export function useNewMessages() {
  return useQuery({
    queryKey: ["messages", "new"],
    refetchInterval: NEW_EVERY_MS,
    queryFn: ({ signal }) => api.get<Message[]>(NEW_MESSAGES_PATH, { signal }),
  });
}

/** Messages that come in while the page is open are looked up at once. */
export function useFollowMessages(): void {
  const client = useQueryClient();
  const newest = useNewestMessage();
  useEffect(() => {
    if (newest > 0) void client.invalidateQueries({ queryKey: ["messages"] });
  }, [client, newest]);
}

/** The messages of a period. */
export function useMessages(span: Span, status: string, priority: string) {
  return useQuery({
    queryKey: ["messages", span.start, span.end, status, priority],
    refetchInterval: NEW_EVERY_MS,
    queryFn: ({ signal }) =>
      api.get<Message[]>("/v1/webmessages", {
        query: {
          startdatetime: toIsoLocal(span.start),
          enddatetime: toIsoLocal(span.end),
          status,
          priority,
        },
        signal,
      }),
  });
}

/** What can be done with messages; the lists follow by themselves. */
export function useMessageActions() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ["messages"] });
  const read = useMutation({
    mutationFn: (ids: readonly number[]) => api.put("/v1/webmessagesbatch", { ids: ids.join(",") }),
    onSettled,
  });
  const acknowledge = useMutation({
    mutationFn: ({ id, reply }: { id: number; reply: string }) =>
      api.put(`/v1/webmessages/${id}`, { data: { status: "acknowledged", reply } }),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (id: number) => api.remove(`/v1/webmessages/${id}`),
    onSettled,
  });
  return { read, acknowledge, remove };
}
