function commonStart(names: readonly string[]): string {
  const [first = ""] = names[0]?.split(" ", 1) ?? [];
  const start = `${first} `;
  const isCommon = names.every((name) => name.length > start.length && name.startsWith(start));
  return isCommon && names.length > 1 ? start : "";
}

/** "PV inverter power" and "PV inverter frequency" below "PV inverter": the quantities alone, with capital letters. */
export function withoutCommonStart(names: readonly string[]): string[] {
  const start = commonStart(names);
  if (start !== "") return withoutCommonStart(names.map((name) => name.slice(start.length)));
  return names.map((name) => name.charAt(0).toUpperCase() + name.slice(1));
}
