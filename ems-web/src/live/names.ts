/** "E-101 active power" and "E-101 frequency" below "E-101": the quantities alone, each with a capital letter. */
export function withoutCommonStart(names: readonly string[]): string[] {
  const [first = ""] = names[0]?.split(" ", 1) ?? [];
  const start = `${first} `;
  const isCommon =
    names.length > 1 && names.every((name) => name.length > start.length && name.startsWith(start));
  return names.map((name) => {
    const rest = isCommon ? name.slice(start.length) : name;
    return rest.charAt(0).toUpperCase() + rest.slice(1);
  });
}
