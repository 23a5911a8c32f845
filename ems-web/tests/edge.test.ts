import { describe, expect, it } from "vitest";
import { type Controller, describeReason, nameOf, partOf } from "../src/control/edge";
import { channelText } from "../src/control/values";
import { describeComplaint } from "../src/control/words";
import { loopDe } from "../src/i18n/loop.de";
import { loopEn } from "../src/i18n/loop.en";
import { pagesEn as en } from "../src/i18n/pages.en";

/** Texts as i18next fills them, of the English ones. */
function t(key: string, values: Record<string, string>): string {
  const text = key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], en);
  return Object.entries(values).reduce(
    (said, [name, value]) => said.replace(`{{${name}}}`, value),
    String(text),
  );
}

describe("a reason of the control loop", () => {
  it("is told in the reader's language, each part by itself", () => {
    expect(describeReason("everything is well again", t)).toBe("Everything is well again.");
    expect(describeReason("no good value: grid0/ActivePower", t)).toBe("No good value of grid0/ActivePower.");
    expect(describeReason("shave0: took 28 ms of 20 ms; cars0: took too long and was stopped", t)).toBe(
      "shave0 took 28 of 20 ms. cars0 took too long and was stopped.",
    );
  });

  it("calls parts by the names that readers know", () => {
    const named = (id: string, channel?: string) =>
      channel ? `${id.toUpperCase()}: ${channel}` : id.toUpperCase();
    expect(describeReason("no good value: grid0/ActivePower, ess0/Soc …", t, named)).toBe(
      "No good value of GRID0: ActivePower, ESS0: Soc.",
    );
  });

  it("stays as it was said when it is not known", () => {
    expect(describeReason("a fuse blew", t)).toBe("a fuse blew");
  });
});

const SHAVING: Controller = {
  id: "shave0",
  type: "peak-shaving",
  priority: 20,
  enabled: true,
  failure: null,
  warnings: [],
  channels: {},
  units: { PeakShavingPower: "W", CumulatedRestrictionTime: "s", TargetMinute: "min", ActualReserveSoc: "%" },
};
const STATE = { state: "run", controllers: [SHAVING], devices: [], transitions: [], set_point_w: null };

describe("a controller", () => {
  it("is called by its type, with its id where there are several", () => {
    expect(nameOf("shave0", STATE, loopDe)).toBe("Lastspitzenkappung");
    const two = { ...STATE, controllers: [SHAVING, { ...SHAVING, id: "shave1" }] };
    expect(nameOf("shave1", two, loopEn)).toBe("Peak shaving (shave1)");
    expect(nameOf("ess0", STATE, loopEn)).toBe("ess0");
  });

  it("is off, failed, held back, acting or on, in this order", () => {
    expect(partOf({ ...SHAVING, enabled: false, failure: "x" }, STATE)).toEqual({ part: "isOff" });
    expect(partOf({ ...SHAVING, failure: "x" }, STATE)).toEqual({ part: "failed" });
    const limits = [{ component: "ess0", author: "shave0", limited_by: "protect0" }];
    expect(partOf(SHAVING, { ...STATE, limits })).toEqual({ part: "limited", limitedBy: "protect0" });
    expect(partOf(SHAVING, { ...STATE, held_by: { ess0: "shave0" } })).toEqual({ part: "decides" });
    expect(partOf(SHAVING, STATE)).toEqual({ part: "isOn" });
  });

  it("shows its values with their units, in the reader's words", () => {
    const reader = {
      words: loopDe,
      locale: "de-DE",
      timeZone: "Europe/London",
      currency: "GBP",
      yes: "ja",
      no: "nein",
    };
    const text = (name: string, value: number | boolean | string | null) =>
      channelText(SHAVING, name, value, reader).replaceAll("\u00a0", " ");
    expect(text("PeakShavingPower", 6_600_000)).toBe("6.600 kW");
    expect(text("CumulatedRestrictionTime", 3_720)).toBe("1 Std. 2 Min.");
    expect(text("TargetMinute", 630)).toBe("10:30");
    expect(text("ActualReserveSoc", 20)).toBe("20 %");
    expect(text("StateMachine", "RECHARGING")).toBe("Lädt nach");
    expect([text("Overload", false), text("Soc", null)]).toEqual(["nein", "–"]);
  });

  it("complains in the reader's language, or as it was said", () => {
    expect(describeComplaint(loopDe, "grid0/ActivePower is stale")).toBe(
      "Der Wert von grid0/ActivePower ist zu alt.",
    );
    expect(describeComplaint(loopEn, "took 35 ms of 20 ms")).toBe("It took 35 of 20 ms.");
    expect(describeComplaint(loopDe, "a fuse blew")).toBe("a fuse blew");
  });
});
