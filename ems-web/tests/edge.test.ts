import { describe, expect, it } from "vitest";
import { type Controller, describeReason, nameOf, partOf } from "../src/control/edge";
import { changed, fileTexts, fromText, NoValue, spoken, toSettings } from "../src/control/settings";
import { channelText } from "../src/control/values";
import { describeComplaint, describeWish } from "../src/control/words";
import { loopDe } from "../src/i18n/loop.de";
import { loopEn } from "../src/i18n/loop.en";
import { pagesEn as en } from "../src/i18n/pages.en";
import { settingsDe } from "../src/i18n/settings.de";
import { settingsEn } from "../src/i18n/settings.en";
import { settingsZh } from "../src/i18n/settings.zh";

/** Texts as i18next fills them, of the English ones. */
function t(key: string, values: Record<string, string>): string {
  const text = key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], en);
  return Object.entries(values).reduce(
    (said, [name, value]) => said.replace(`{{${name}}}`, value),
    String(text),
  );
}

describe("why a controller asks", () => {
  it("is told in the reader's language; what is not known stays as it was said", () => {
    expect(describeWish(loopDe, "discharge limit")).toBe("Entladegrenze");
    expect(describeWish(loopDe, "time of use: cheap hour")).toBe("Nach dem Tarif");
    expect(describeWish(loopDe, "manual order of the shift")).toBe("Vorgabe von Hand");
    expect(describeWish(loopDe, "cos φ 0.9")).toBe("cos φ 0.9");
  });
});

describe("the settings of the site's configuration", () => {
  it("differ from those in force by their texts", () => {
    const found = {
      schema: { properties: { margin: { type: "number", "x-unit": "W" }, mode: { type: "string" } } },
      values: { margin: 2500, mode: "OFF" },
    };
    const settings = toSettings(found, settingsEn, {}, { true: "yes", false: "no" });
    const texts = fileTexts(settings, { margin: 1000, mode: "OFF" });
    expect(texts).toEqual({ margin: "1", mode: "OFF" });
    expect(changed(settings, texts).map((one) => one.name)).toEqual(["margin"]);
  });
});

describe("a reason of the control loop", () => {
  it("is told in the reader's language, each part by itself", () => {
    expect(describeReason("everything is well again", t)).toBe("Everything is well again.");
    expect(describeReason("no good value: grid0/ActivePower", t)).toBe("No good value of grid0/ActivePower.");
    expect(describeReason("shave0: took 28 ms of 20 ms; cars0: took too long and was stopped", t)).toBe(
      "shave0 took 28 of 20 ms. cars0 took too long and was stopped.",
    );
    expect(describeReason("grid0 is away; pv0 is away", t)).toBe(
      "grid0 does not answer. pv0 does not answer.",
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
    expect(describeComplaint(loopDe, "modbus 10.0.0.7:502: nobody answers")).toBe(
      "Unter 10.0.0.7:502 antwortet niemand.",
    );
    expect(describeComplaint(loopEn, "modbus 10.0.0.7:502: not connected, next attempt in 0.4 s")).toBe(
      "No connection to 10.0.0.7:502; it is tried again and again.",
    );
    expect(describeComplaint(loopEn, "its values have stood still for 2.5 s")).toBe(
      "Its values have stood still for 2.5 s.",
    );
  });
});

describe("the settings of a controller", () => {
  const found = {
    schema: {
      properties: {
        peakShavingPower: { type: "number", "x-unit": "W", minimum: 0, description: "Limit of grid power" },
        rampLimit: { type: ["number", "null"] },
        always: { type: "boolean" },
        dayOfWeek: { type: "string", enum: ["MONDAY", "SUNDAY"] },
        ess_id: { type: "string" },
        schedule: { type: "array" },
      },
    },
    values: {
      peakShavingPower: 6_600_000,
      rampLimit: null,
      always: true,
      dayOfWeek: "SUNDAY",
      ess_id: "ess0",
      schedule: [{ power: 5 }],
    },
  };
  const settings = toSettings(found, settingsDe, loopDe.states, { true: "ja", false: "nein" });
  const [power, ramp, always, day, storage, schedule] = settings as Required<typeof settings>;

  it("are read and written in the units that people use", () => {
    expect(power).toMatchObject({ label: "Grenze der Spitzenkappung", unit: "kW", text: "6600" });
    expect(power && fromText(power, "6000.1")).toBe(6_000_100);
    expect(power && spoken(power, "6000", "de-DE").replaceAll("\u00a0", " ")).toBe("6.000 kW");
    expect(ramp && [ramp.text, fromText(ramp, ""), ramp.label]).toEqual(["", null, "Ramp limit"]);
    expect(always && [always.text, fromText(always, "false"), spoken(always, "false", "de-DE")]).toEqual([
      "true",
      false,
      "nein",
    ]);
    expect(day?.choices.map((one) => one.text)).toEqual(["Montag", "Sonntag"]);
    expect(schedule && fromText(schedule, '[{"power": 7}]')).toEqual([{ power: 7 }]);
  });

  it("keep what is wired apart, and refuse what is no value", () => {
    expect(settings.filter((one) => one.isWiring)).toEqual([storage, schedule]);
    expect(() => power && fromText(power, "")).toThrow(NoValue);
    expect(() => schedule && fromText(schedule, "[")).toThrow(NoValue);
  });

  it("are changed where their text is another one", () => {
    expect(changed(settings, { peakShavingPower: "6000", always: "true" })).toEqual([power]);
  });

  it("have words of the same choices in every language", () => {
    const keys = Object.keys(settingsEn.choices);
    expect(Object.keys(settingsDe.choices)).toEqual(keys);
    expect(Object.keys(settingsZh.choices)).toEqual(keys);
  });
});
