import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api, buildUrl } from "../src/api/client";
import { askEarly, takeEarly } from "../src/api/early";
import { ApiError, classify } from "../src/api/errors";
import { parseEvents } from "../src/api/stream";
import { describeError, translateKey } from "../src/i18n/errors";
import { type SessionUser, sessionStore } from "../src/session/store";

const USER: SessionUser = {
  id: 1,
  name: "a",
  uuid: "u",
  displayName: "A",
  email: "a@b.c",
  isAdmin: true,
  isReadOnly: false,
  token: "first",
};

function answer(status: number, body: unknown): Response {
  return new Response(body === null ? null : JSON.stringify(body), { status });
}

describe("the client", () => {
  beforeEach(() => sessionStore.signedIn(USER));
  afterEach(() => vi.unstubAllGlobals());

  it("says in which language mails are wanted, when it writes", async () => {
    const fetched = vi.fn((_url: string, _options: RequestInit) => Promise.resolve(answer(200, null)));
    vi.stubGlobal("fetch", fetched);
    document.documentElement.lang = "de-DE";
    await api.post("/users/emailmessages", {});
    await api.get("/spaces");
    const languages = fetched.mock.calls.map(([, { headers }]) =>
      new Headers(headers).get("Accept-Language"),
    );
    expect(languages).toEqual(["de-DE", null]);
  });

  it("stays on its origin, below /api, and leaves empty parameters out", () => {
    expect(buildUrl("/reports/x", { a: 1, b: null, c: "", d: false })).toBe("/api/reports/x?a=1&d=false");
  });

  it("asks for the password when the session ended, and repeats the request once", async () => {
    const seen: (string | null)[] = [];
    vi.stubGlobal(
      "fetch",
      vi.fn(async (_url: string, init: RequestInit) => {
        seen.push(new Headers(init.headers).get("Token"));
        return seen.length === 1
          ? answer(400, { title: "API.BAD_REQUEST", description: "API.USER_SESSION_TIMEOUT" })
          : answer(200, { fine: true });
      }),
    );
    const result = api.get<{ fine: boolean }>("/x");
    await vi.waitFor(() => expect(sessionStore.get().isExpired).toBe(true));
    sessionStore.signedIn({ ...USER, token: "second" });
    expect(await result).toEqual({ fine: true });
    expect(seen).toEqual(["first", "second"]);
  });

  it("rejects what waits when the user signs out instead", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(async () => answer(404, { title: "API.NOT_FOUND", description: "API.USER_SESSION_NOT_FOUND" })),
    );
    const result = api.get("/x");
    const rejected = expect(result).rejects.toThrow("signed out");
    await vi.waitFor(() => expect(sessionStore.get().isExpired).toBe(true));
    sessionStore.signedOut();
    await rejected;
  });

  it("answers a network failure as such", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(() => Promise.reject(new TypeError("failed"))),
    );
    await expect(api.get("/x")).rejects.toMatchObject({ kind: "network" });
  });
});

describe("errors", () => {
  it("tells an unknown route from an unknown item", () => {
    expect(classify(404, "")).toBe("unsupported");
    expect(classify(404, "API.SPACE_NOT_FOUND")).toBe("missing");
    expect(classify(400, "API.INVALID_PRIVILEGE")).toBe("denied");
    expect(classify(400, "API.INVALID_METER_NAME")).toBe("input");
    expect(classify(503, "")).toBe("server");
  });

  it("puts a rule behind keys without a text of their own", () => {
    const t = (key: string, options?: Record<string, unknown>) =>
      key === "error.notFound"
        ? `Not found: ${String(options?.thing)}.`
        : String(options?.defaultValue ?? key);
    expect(translateKey("API.WIND_FARM_NOT_FOUND", t)).toBe("Not found: wind farm.");
    expect(translateKey("API.SOMETHING_ODD", t)).toBe("Something odd");
    expect(describeError(new ApiError(0, "", "network"), t)).toBe("error.network");
  });
});

describe("event streams", () => {
  it("keeps an unfinished event for the next piece", () => {
    const { events, rest } = parseEvents('event: flow\ndata: {"a":1}\n\n: ping\n\nevent: points\ndata: [');
    expect(events).toEqual([{ event: "flow", data: '{"a":1}' }]);
    expect(rest).toBe("event: points\ndata: [");
  });

  it("joins several data lines and takes both line ends", () => {
    expect(parseEvents("data: a\r\ndata: b\r\n\r\n").events).toEqual([{ event: "message", data: "a\nb" }]);
  });
});

describe("what was asked for before the page was there", () => {
  const ask = () => {
    const fetched = vi.fn(async (url: string, _init: RequestInit) => answer(200, { url }));
    vi.stubGlobal("fetch", fetched);
    return fetched;
  };
  beforeEach(() => sessionStore.signedIn(USER));
  afterEach(() => vi.unstubAllGlobals());

  it("answers the first who wants it, once, with the session's headers", async () => {
    const fetched = ask();
    await askEarly("/api/spaces/tree");
    expect(await api.get("/spaces/tree")).toEqual({ url: "/api/spaces/tree" });
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(new Headers(fetched.mock.calls[0]?.[1].headers).get("Token")).toBe("first");
    await api.get("/spaces/tree");
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it("is for the session that asked, and for nobody signed out", () => {
    ask();
    void askEarly("/api/x");
    sessionStore.signedIn({ ...USER, token: "second" });
    expect(takeEarly("/api/x")).toBeNull();
    sessionStore.signedOut();
    expect(askEarly("/api/x")).toBeNull();
  });

  it("is not taken when it is old", () => {
    ask();
    vi.useFakeTimers();
    void askEarly("/api/x");
    vi.advanceTimersByTime(20_000);
    expect(takeEarly("/api/x")).toBeNull();
    vi.useRealTimers();
  });

  it("tells of a failure only whoever takes it, who asks again", async () => {
    vi.stubGlobal("fetch", vi.fn().mockRejectedValueOnce(new TypeError("away")));
    void askEarly("/api/x");
    await expect(api.get("/x")).rejects.toMatchObject({ kind: "network" });
  });
});
