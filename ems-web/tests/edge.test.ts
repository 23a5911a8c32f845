import { describe, expect, it } from "vitest";
import { describeReason } from "../src/control/edge";
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

  it("stays as it was said when it is not known", () => {
    expect(describeReason("a fuse blew", t)).toBe("a fuse blew");
  });
});
