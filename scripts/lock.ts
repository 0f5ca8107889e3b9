import { readFileSync } from "node:fs";

type Package = { optionalDependencies?: Record<string, string>; resolved?: string; version?: string };

/**
 * What package-lock.json lacks. Without every platform's optional packages `npm ci` fails on the other platforms, and npm
 * leaves some out when it adds to a lock file; a registry's host would tie everybody to it.
 */
export function faultsOf(lock: { packages: Record<string, Package> }): string[] {
  const { packages } = lock;
  const resolves = (from: string, name: string) => {
    for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf("/node_modules/")))) {
      if (packages[`${place ? `${place}/` : ""}node_modules/${name}`]) return true;
      if (!place) return false;
    }
  };
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, resolved }]) => [
    ...Object.keys(optionalDependencies)
      .filter((name) => !resolves(path, name))
      .map((name) => `${path} needs ${name}, which the lock lacks`),
    ...(resolved?.startsWith("http") ? [`${path} names a registry's host`] : []),
  ]);
}

if (import.meta.main) {
  const faults = faultsOf(JSON.parse(readFileSync("package-lock.json", "utf8")));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
}
