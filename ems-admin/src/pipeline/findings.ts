import { useTranslation } from "react-i18next";

/** What a text is called and what is filled into it, and back the text. */
export type Translate = (key: string, values?: Record<string, string>) => string;

/** A sentence as a stage says it, with the names of what it fills in, as a pattern. */
function pattern(sentence: string): RegExp {
  const escaped = sentence.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) => `\\${sign}`);
  return new RegExp(`^${escaped.replaceAll(/<(\w+)>/g, "(?<$1>.+)")}$`);
}

type Sentences = readonly (readonly [RegExp, string])[];

function sentences(table: readonly (readonly [string, string])[]): Sentences {
  return table.map(([sentence, key]) => [pattern(sentence), key]);
}

/** What is wrong, each sentence with the key of its text. */
const WHATS = sentences([
  ["the formula is longer than <limit> characters", "tooLong"],
  ["the formula is empty", "empty"],
  ["the formula does not parse, near character <place>", "unreadableAt"],
  ["the formula does not parse", "unreadable"],
  ["the formula has more than <limit> parts", "manyParts"],
  ["a piecewise formula is made of pairs", "pairs"],
  ["the formula is nested deeper than <limit>", "deep"],
  ["this is not allowed in a formula", "notAllowed"],
  ["only numbers are allowed in a formula", "onlyNumbers"],
  ["the number is too large", "tooLarge"],
  ["the formula names an unknown variable", "variable"],
  ["this operator is not allowed in a formula", "operator"],
  ["this comparison is not allowed in a formula", "comparison"],
  ["the formula calls an unknown function", "function"],
  ["<name> takes <least> to <most> values", "takes"],
  ["its formula depends on itself", "itself"],
  ["of several powers point <point> counts", "severalPowers"],
  ["unknown unit of measure", "unknownUnit"],
  ["<power> over time does not make <energy>", "overTime"],
  ["<first> is <kind>, <second> is <other>", "kinds"],
  ["fixed shares leave nothing to those who divide it", "noRest"],
  ["it is divided by several rules at once", "severalRules"],
  ["it is divided by <rule>, but no owner has any", "noWeight"],
  ["the tree of <kind>s runs in a circle", "circle"],
]);

/** What to do about it. */
const ADVICES = sentences([
  ["Split it into two.", "split"],
  ["Write one, such as x1 + x2.", "write"],
  ["Known: <names>.", "known"],
  ["Break the circle of virtual meters.", "breakCircle"],
  ["Bind only the point of its total power, or one with a register.", "bindTotal"],
  ["Give the point and the energy category units of one kind.", "oneKind"],
  ["Lower the fixed shares, or give all owners the same rule.", "lower"],
  ["Until all owners have one rule it is divided evenly.", "evenly"],
  ["Enter the <rule> of its owners; until then it is divided evenly.", "enter"],
  ["Give one of them another parent.", "parent"],
  ["Remove one of the bindings, or set it not to be counted.", "unbind"],
]);

const DOUBLE = /^(?<owner>.+) counts (?<meter>.+) (?<times>[\d.e+]+) times, through (?<ways>.+)$/;
const OWN_BINDING = "its own binding";
/** `virtual meter 3 (Losses): what is wrong`, `meter 12, point 5: what is wrong`. */
const PLACE = /^(?<where>[a-z ]+ \d+(?:, [a-z ]+ \d+)*)(?<name> \(.+?\))?: (?<rest>.+)$/;
/** The kind and id of a thing behind its name, or alone. */
const THING = /\b(?<kind>[a-z]+(?: [a-z]+)?) (?<id>\d+)(?=[),]|$)/g;
const GOT = /^(?<what>.*) \(got '?(?<value>.*?)'?\)$/;
const KIND = /^[a-z]+(?:[ _][a-z]+)*$/;
/** Rules of sharing and what they divide by. */
const WORDS = new Set(["area", "headcount", "consumption"]);

function told(said: string, table: Sentences, part: string, t: Translate): string | null {
  for (const [known, key] of table) {
    const found = known.exec(said);
    if (!found) continue;
    const values = Object.entries(found.groups ?? {}).map(([name, text]) => [name, word(text, t)]);
    return t(`pipeline.said.${part}.${key}`, Object.fromEntries(values));
  }
  return null;
}

function word(text: string, t: Translate): string {
  if (WORDS.has(text)) return t(`pipeline.said.${text}`);
  return KIND.test(text) ? kindName(text, t) : text;
}

/** The name of a kind of thing; other words stay. */
function kindName(text: string, t: Translate): string {
  return t(`model:choice.${text.replaceAll(" ", "_")}`, { defaultValue: text });
}

/** Names of things, with their kinds in the reader's language. */
function things(text: string, t: Translate): string {
  return text.replaceAll(THING, (_, kind: string, id: string) => `${kindName(kind, t)} ${id}`);
}

function doubleCount(what: string, t: Translate): string | null {
  const groups = DOUBLE.exec(what)?.groups;
  if (!groups) return null;
  const { owner = "", meter = "", times = "", ways = "" } = groups;
  return t("pipeline.said.double", {
    owner: things(owner, t),
    meter: things(meter, t),
    times,
    ways: things(ways, t).replace(OWN_BINDING, t("pipeline.said.ownBinding")),
  });
}

function wrong(said: string, t: Translate): string | null {
  const got = GOT.exec(said)?.groups;
  const what = told(got?.what ?? said, WHATS, "what", t);
  if (what === null || got?.value === undefined) return what;
  const value = got.value.split(", ").map((one) => (WORDS.has(one) ? word(one, t) : things(one, t)));
  return t("pipeline.said.got", { what, value: value.join(", ") });
}

/** The sentence of what is wrong and, behind a full stop, what to do about it. */
function split(said: string): { what: string; advice: string } {
  for (const [known] of ADVICES) {
    const source = known.source.slice(1, -1);
    const found = new RegExp(`^(?<what>.+?)\\. (?<advice>${source})$`).exec(said);
    if (found?.groups) return { what: found.groups.what ?? "", advice: found.groups.advice ?? "" };
  }
  return { what: said, advice: "" };
}

/** What a stage found, in the reader's language; what is not known stays as it was said. */
export function describeFinding(said: string, t: Translate): string {
  const place = PLACE.exec(said)?.groups;
  const { what, advice } = split(place?.rest ?? said);
  const sentence = doubleCount(what, t) ?? wrong(what, t);
  if (sentence === null) return said;
  const where = place ? `${things(place.where ?? "", t)}${place.name ?? ""}: ` : "";
  const next = advice && told(advice, ADVICES, "advice", t);
  return next ? `${where}${sentence}. ${next}` : `${where}${sentence}`;
}

/** Says what a stage found. */
export function useFindingText(): (said: string) => string {
  const { t } = useTranslation();
  return (said) => describeFinding(said, t);
}
