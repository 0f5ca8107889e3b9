import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { violates } from "../../functions/kernel/errors.ts";
import type { Client } from "../client/client.ts";
import { ProblemError } from "../client/failure.ts";
import type { Document, Upload } from "../client/wire.ts";
import { createOrganization } from "../organization.ts";

export const DEMO_ORGANIZATION = "Kettle & Co";
const SLUG = "kettle-and-co";
const CHATBOT = { name: "Kettle support", slug: "kettle-support" };
const FOLDER = new URL("./documents/", import.meta.url);

export const DEMO_DOCUMENTS: Omit<Upload, "bytes">[] = [
  { filename: "brisk-17-manual.md", title: "Brisk 17: product manual", documentType: "technical" },
  { filename: "warranty-policy.html", title: "Warranty policy", documentType: "regulatory" },
  {
    filename: "citric-descaler-safety-data-sheet.pdf",
    title: "Citric descaler: safety data sheet",
    documentType: "safety",
  },
  { filename: "brisk-17-user-guide.ja.md", title: "Brisk 17 使い方ガイド", documentType: "technical", language: "ja" },
  { filename: "brisk-faq.th.txt", title: "Brisk 17 คำถามที่พบบ่อย", documentType: "other", language: "th" },
];

/** The slug gets an ending where the database has one of that name already. */
export async function makeDemoOrganization({ appUrl, endpoint }: { appUrl: string; endpoint?: string }) {
  const make = (slug: string) => createOrganization({ url: appUrl, endpoint, name: DEMO_ORGANIZATION, slug });
  try {
    return await make(SLUG);
  } catch (error) {
    if (!violates(error, "organizations_slug")) throw error;
    return make(`${SLUG}-${randomUUID().slice(0, 8)}`);
  }
}

/** Uploads the documents side by side; resolves when each is completed or failed. What is there already is left as it is. */
export function uploadDemoDocuments(client: Client, onDocument: (document: Document) => void, signal: AbortSignal) {
  return Promise.all(
    DEMO_DOCUMENTS.map(async ({ filename, ...fields }) => {
      const bytes = await readFile(new URL(filename, FOLDER));
      const { id } = await client.upload({ ...fields, filename, bytes }, { signal }).catch(documentOfConflict);
      const document = await client.waitForDocument(id, { signal });
      onDocument(document);
      return document;
    }),
  );
}

function documentOfConflict(error: unknown): { id: string } {
  const id = error instanceof ProblemError ? error.problem.documentId : undefined;
  if (id === undefined) throw error;
  return { id };
}

type Chatbot = { id: string; slug: string };

/** Answers from all documents of the organization, those that are uploaded later too. One that an interrupted start left is as good. */
export async function makeDemoChatbot(client: Client, signal: AbortSignal): Promise<string> {
  try {
    return (await client.request<Chatbot>("POST", "/v1/chatbots", CHATBOT, { signal })).id;
  } catch (error) {
    if (!(error instanceof ProblemError && error.status === 409)) throw error;
    const { items } = await client.request<{ items: Chatbot[] }>("GET", "/v1/chatbots?limit=100", undefined, {
      signal,
    });
    const found = items.find(({ slug }) => slug === CHATBOT.slug);
    if (!found) throw error;
    return found.id;
  }
}

/** For a list on the screen. */
export const documentLine = ({ title, status, chunkCount, failureReason }: Document) =>
  status === "completed" ? `  ✓ ${title} (${chunkCount} chunks)` : `  ✗ ${title}: ${failureReason ?? status}`;
