import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, createClient } from "../client/client.ts";
import type { Pause } from "../client/retry.ts";
import { UsageError } from "./command.ts";
import { note, oneLine } from "./terminal.ts";

export const connectionOptions = {
  url: { type: "string", value: "URL", about: "Where the API is (EDGELORE_URL)" },
  key: { type: "string", value: "KEY", about: "An API key, el_… (EDGELORE_API_KEY; other users can read flags)" },
} as const;

type Given = { url?: string; key?: string; chatbot?: string };
type DevSettings = { url?: string; apiKey?: string; chatbotId?: string };

export type Connection = { client: Client; chatbotId: string | undefined };

/** Flags before environment before `.local/dev.json` of the current folder. */
export function connect(given: Given, onPause: (pause: Pause) => void = notePause): Connection {
  const dev = devSettings();
  const url = given.url ?? process.env.EDGELORE_URL ?? dev.url;
  const key = given.key ?? process.env.EDGELORE_API_KEY ?? dev.apiKey;
  if (!url || !key) throw new UsageError(missing(url ? "API key" : "address"));
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw new UsageError("--url is no http or https address.");
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError("--key holds characters that no API key has.");
  const chatbotId = given.chatbot ?? process.env.EDGELORE_CHATBOT ?? dev.chatbotId;
  return { client: createClient({ url, key, onPause }), chatbotId };
}

const missing = (what: string) => `No ${what} of the API is known. Either
  start one here with \`npm run dev\` (which writes .local/dev.json), or
  give --url URL and --key KEY, or
  set EDGELORE_URL and EDGELORE_API_KEY in the environment.`;

/** A folder from elsewhere must not be able to name the address that a key from the environment is sent to. */
const isThisMachine = (url: string | undefined) =>
  /^(localhost|127(\.\d+){3}|\[::1\])$/.test(URL.parse(url ?? "")?.hostname ?? "");

function devSettings(): DevSettings {
  const path = join(".local", "dev.json");
  let written: string;
  try {
    written = readFileSync(path, "utf8");
  } catch {
    return {};
  }
  try {
    const settings = JSON.parse(written) as DevSettings;
    if (isThisMachine(settings.url)) return settings;
    note(`${path} is passed over: its address is not on this machine.`);
  } catch {
    note(`${path} is passed over: it is not JSON.`);
  }
  return {};
}

export const pauseLine = ({ error, delayMs }: Pause) =>
  `${oneLine(error.message)} Trying again in ${Math.ceil(delayMs / 1000)} s.`;

const notePause = (pause: Pause) => note(pauseLine(pause));
