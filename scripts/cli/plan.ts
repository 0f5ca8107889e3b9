import type { Skipped } from "./files.ts";
import type { FolderFile } from "./folder.ts";

/** A document that was made of a file at `path`. */
export type SyncedDocument = {
  id: string;
  path: string;
  hash: string;
  title: string;
  metadata: Record<string, unknown>;
  /** Why it failed; a failed document does not keep others from having its bytes. */
  failureReason?: string;
};
/** `after`: the path of a document that has these bytes until it is replaced. */
export type Step =
  | { action: "upload"; path: string; after?: string }
  | { action: "replace"; path: string; document: SyncedDocument; after?: string }
  | { action: "rename"; path: string; document: SyncedDocument }
  | { action: "delete"; path: string; document: SyncedDocument };
export type Plan = {
  /** Each after the one that it waits for. */
  steps: Step[];
  unchanged: number;
  /** No file is behind them any more. */
  gone: SyncedDocument[];
  skipped: Skipped[];
};
type Rest = {
  /** Titles of the documents that are not the folder's, by their hashes. */
  others: ReadonlyMap<string, string>;
  deletesGone: boolean;
};

/**
 * What makes the documents those that the folder holds. Bytes are one document in an organization, so of files that are the
 * same one is kept, and no step takes bytes that another document still has. A file at the path of a document keeps that
 * document, unless its new bytes are those of a document whose own file is gone: then this one comes to the path.
 */
export function planOf(files: readonly FolderFile[], known: readonly SyncedDocument[], rest: Rest): Plan {
  const documents = soundFirst(known);
  const atPath = Map.groupBy(documents, ({ path }) => path);
  const { kept, skipped } = oneOfEach(files, atPath, rest.others);
  const owners = ownersOf(kept, atPath);

  const isSame = ({ path, hash }: FolderFile) => owners.get(path)?.hash === hash;
  const [same, changed] = [kept.filter(isSame), kept.filter((file) => !isSame(file))];
  for (const { path } of same) {
    const reason = owners.get(path)?.failureReason;
    if (reason !== undefined) skipped.push({ path, reason });
  }

  const { renames, gone, open } = followBytes(changed, documents, owners);
  const deletions = rest.deletesGone
    ? gone.map((document): Step => ({ action: "delete", path: document.path, document }))
    : [];
  const steps = [...renames, ...contentsOf(open, owners), ...deletions];
  return { steps, unchanged: same.filter(({ path }) => !hasFailed(owners.get(path))).length, gone, skipped };
}

type Documents = readonly SyncedDocument[];
type Owners = ReadonlyMap<string, SyncedDocument>;

const hasFailed = (document: SyncedDocument | undefined) => document?.failureReason !== undefined;

/** A failed document whose bytes a sound one has does not stand for them. */
function soundFirst(known: Documents): Documents {
  const [failed, sound] = [known.filter(hasFailed), known.filter((document) => !hasFailed(document))];
  const hashes = new Set(sound.map(({ hash }) => hash));
  return [...sound, ...failed.map((document) => (hashes.has(document.hash) ? { ...document, hash: "" } : document))];
}

/** Of files with the same bytes the one that is a document already, and none when another document has them. */
function oneOfEach(
  files: readonly FolderFile[],
  atPath: ReadonlyMap<string, Documents>,
  others: ReadonlyMap<string, string>,
) {
  const skipped: Skipped[] = [];
  const rank = ({ path, hash }: FolderFile) => {
    const documents = atPath.get(path);
    if (documents?.some((document) => document.hash === hash)) return 0;
    return documents ? 1 : 2;
  };
  const kept = [...Map.groupBy(files, ({ hash }) => hash)].flatMap(([hash, same]) => {
    const [first, ...copies] = same.toSorted((a, b) => rank(a) - rank(b));
    const title = others.get(hash);
    const reason = title === undefined ? `the same bytes as ${first?.path}` : `these bytes are the document "${title}"`;
    for (const { path } of title === undefined ? copies : same) skipped.push({ path, reason });
    return first && title === undefined ? [first] : [];
  });
  return { kept, skipped };
}

const ownersOf = (kept: readonly FolderFile[], atPath: ReadonlyMap<string, Documents>) =>
  new Map(
    kept.flatMap(({ path, hash }) => {
      const documents = atPath.get(path) ?? [];
      const owner = documents.find((document) => document.hash === hash) ?? documents[0];
      return owner ? [[path, owner] as const] : [];
    }),
  );

/** Documents without a file go where their bytes are now; the document that was there is then without a file itself. */
function followBytes(files: readonly FolderFile[], documents: Documents, owners: Owners) {
  const open = new Map(files.map((file) => [file.hash, file]));
  const owning = new Set(owners.values());
  const renames: Step[] = [];
  const gone: SyncedDocument[] = [];
  const free = documents.filter((document) => !owning.has(document));
  for (const document of free) {
    const file = open.get(document.hash);
    if (!file) {
      gone.push(document);
      continue;
    }
    open.delete(file.hash);
    renames.push({ action: "rename", path: file.path, document });
    const displaced = owners.get(file.path);
    if (displaced) free.push(displaced);
  }
  gone.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { renames, gone, open: [...open.values()] };
}

/** New bytes, each after the document that still has them. Where bytes went round in a circle, the documents follow them. */
function contentsOf(open: readonly FolderFile[], owners: Owners): Step[] {
  const holders = new Map(
    open.flatMap(({ path }) => {
      const owner = owners.get(path);
      return owner && !hasFailed(owner) ? [[owner.hash, path] as const] : [];
    }),
  );
  const waiting = new Map(open.map((file) => [holders.get(file.hash), file]));
  const ready = new Set(open.filter(({ hash }) => !holders.has(hash)));
  for (const { path } of ready) {
    const next = waiting.get(path);
    if (next) ready.add(next);
  }
  const circling = open.filter((file) => !ready.has(file));
  return [
    ...circling.map(({ path, hash }): Step => {
      return { action: "rename", path, document: owners.get(holders.get(hash)!)! };
    }),
    ...[...ready].map(({ path, hash }): Step => {
      const [document, after] = [owners.get(path), holders.get(hash)];
      return document ? { action: "replace", path, document, after } : { action: "upload", path, after };
    }),
  ];
}
