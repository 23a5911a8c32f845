const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:A|iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bWindows\b/, "Windows"],
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

function named(agent: string, names: readonly (readonly [RegExp, string])[]): string | undefined {
  return names.find(([pattern]) => pattern.test(agent))?.[1];
}

/**
 * Program and system in a few words, of what a program calls itself in the `User-Agent` header.
 *
 * Browsers name those before them too (Edge says Chrome, Chrome says Safari), so the order matters. What is no
 * known browser is shown by its first word.
 */
export function deviceOf(agent: string | null): string {
  if (!agent) return "";
  const program = named(agent, PROGRAMS) ?? agent.split(/[\s/]/, 1)[0] ?? "";
  return [program, named(agent, SYSTEMS)].filter(Boolean).join(", ");
}
