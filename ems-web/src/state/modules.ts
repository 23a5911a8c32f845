/** Pages and the modules of the API without which they have nothing to show; the others are everybody's own. */
const MODULES: readonly (readonly [path: RegExp, ...modules: string[]])[] = [
  [/^\/report\/\w+\/(cost|income)$|^\/bill$/, "cost-reports"],
  [/^\/report\/\w+\/carbon$/, "carbon-reports"],
  [/^\/report\/\w+\/load$|^\/meters\/registers$/, "plant-reports"],
  [/^\/(single-line|environment)$|^\/plants\//, "plant-reports"],
  [/^\/compare\//, "energy-reports", "prices"],
  [/^\/meters\/balance$/, "energy-reports", "metering"],
  [/^\/(report|batch)\/|^\/(energy-flow|map|explore)$/, "energy-reports"],
  [/^\/meters(\/\d+)?$/, "metering"],
  [/^\/(flow|control)$/, "live"],
  [/^\/budgets$/, "prices"],
];

/** Rights by module, as the API tells them. */
export type Permissions = Readonly<Record<string, readonly string[]>>;

/** The modules of a page; none for those that everybody may open. */
export function modulesOf(path: string): readonly string[] {
  const [, ...modules] = MODULES.find(([pattern]) => pattern.test(path)) ?? [];
  return modules;
}

/** Whether rights let the page of a path show anything. */
export function mayOpenWith(permissions: Permissions, path: string): boolean {
  return modulesOf(path).every((module) => permissions[module]?.includes("read") === true);
}
