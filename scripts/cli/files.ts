import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { UsageError } from "./command.ts";

/** `path` is as the caller knows it, `realPath` tells whether two of them are one. */
export type LocalFile = { path: string; realPath: string };
/** What was passed over, and why. */
export type Skipped = { path: string; reason: string };
export type Listing = { files: LocalFile[]; skipped: Skipped[]; unreadable: Skipped[] };

/**
 * The files at these paths and below, each once. Hidden files, node_modules and links that lead out of the folder are left
 * out of folders (a folder from elsewhere must not upload one's own files), but taken when they are named.
 */
export async function listFiles(paths: string[]): Promise<Listing> {
  const listing: Listing = { files: [], skipped: [], unreadable: [] };
  const seen = new Set<string>();
  for (const path of paths) {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) throw new UsageError(`There is no ${path}.`);
    await take({ path, realPath: real, root: real }, listing, seen);
  }
  return listing;
}

type Place = LocalFile & { root: string };

async function take({ path, realPath, root }: Place, listing: Listing, seen: Set<string>): Promise<void> {
  if (seen.has(realPath)) return;
  seen.add(realPath);
  try {
    const found = await stat(realPath);
    if (found.isFile()) listing.files.push({ path, realPath });
    else if (found.isDirectory())
      for (const entry of await entriesOf(realPath)) {
        const place = await placeOf(entry, { path, realPath, root }, listing.skipped);
        if (place) await take(place, listing, seen);
      }
  } catch (error) {
    listing.unreadable.push({ path, reason: reasonOf(error) });
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function placeOf(entry: Dirent, folder: Place, skipped: Skipped[]): Promise<Place | undefined> {
  const path = join(folder.path, entry.name);
  const place = { path, realPath: resolve(folder.realPath, entry.name), root: folder.root };
  if (!entry.isSymbolicLink()) return place;
  const realPath = await realpath(place.realPath).catch(() => undefined);
  const isInside = realPath === folder.root || realPath?.startsWith(folder.root + sep);
  if (realPath !== undefined && isInside && !isLeftOut(realPath.slice(folder.root.length)))
    return { ...place, realPath };
  skipped.push({ path, reason: realPath === undefined ? "a link to nothing" : "a link out of the folder" });
  return undefined;
}

const isLeftOut = (path: string) => path.split(sep).some((name) => name.startsWith(".") || name === "node_modules");

/** What the operating system said, without the path. */
export const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EACCES" || code === "EPERM") return "may not be read";
  return code === "ENOENT" ? "is gone" : String(code ?? error);
};

export const filenameOf = ({ path, realPath }: LocalFile) => basename(path) || basename(realPath);
