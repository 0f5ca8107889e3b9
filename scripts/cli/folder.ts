import { hash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { reasonOf, type Skipped } from "./files.ts";
import type { Filter } from "./ignore.ts";

/** `path` is relative to the folder, with slashes on every system; `hash` is the SHA-256 of the bytes. */
export type FolderFile = { path: string; hash: string };
export type Folder = {
  files: FolderFile[];
  skipped: Skipped[];
  unreadable: Skipped[];
  /** There, but nothing that can be sent now: what was made of it, or of what is below, is not gone. */
  held: string[];
};

/**
 * All files below a folder that are taken, each by one path only: links are not followed, since what they lead to is either
 * taken where it is or not meant to be. What the filter leaves out is not even mentioned.
 */
export async function readFolder(root: string, isTaken: Filter): Promise<Folder> {
  const folder: Folder = { files: [], skipped: [], unreadable: [], held: [] };

  async function walk(parent: string): Promise<void> {
    const entries = await readdir(join(root, parent), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = parent ? `${parent}/${entry.name}` : entry.name;
      if (!isTaken(path, entry.isDirectory())) continue;
      try {
        await take(entry, path);
      } catch (error) {
        folder.unreadable.push({ path, reason: reasonOf(error) });
        folder.held.push(path);
      }
    }
  }

  async function take(entry: Dirent, path: string): Promise<void> {
    const reason = await whySkipped(root, entry, path);
    if (reason) folder.skipped.push({ path, reason });
    else if (entry.isDirectory()) await walk(path);
    else await takeFile(path);
  }

  async function takeFile(path: string): Promise<void> {
    const { size } = await stat(join(root, path));
    if (size > 0 && size <= LIMITS.fileBytesMax) {
      folder.files.push({ path, hash: hash("sha256", await readFile(join(root, path))) });
      return;
    }
    folder.held.push(path);
    folder.skipped.push({ path, reason: size === 0 ? "empty" : `larger than ${LIMITS.fileBytesMax / 1024 / 1024} MB` });
  }

  await walk("");
  return folder;
}

async function whySkipped(root: string, entry: Dirent, path: string): Promise<string | undefined> {
  if (entry.name.startsWith(".")) return "hidden";
  if (entry.name === "node_modules") return "packages, not documents";
  if (entry.isSymbolicLink()) {
    const target = await realpath(join(root, path)).catch(() => undefined);
    if (target === undefined) return "a link to nothing";
    const isInside = target === root || target.startsWith(root + sep);
    return isInside ? "a link to what is taken where it is" : "a link out of the folder";
  }
  return entry.isFile() || entry.isDirectory() ? undefined : "no file";
}
