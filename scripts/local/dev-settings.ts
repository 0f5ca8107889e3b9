import { createServer } from "node:net";
import { parseArgs } from "node:util";
import type { StackOptions } from "./stack.ts";

export type Settings = ReturnType<typeof readSettings>;

export const DIRECTORY = ".local";
const REAL_MODEL = "amazon.nova-lite-v1:0";
const USAGE = `npm run dev -- [--port 8787] [--reset] [--quiet | --verbose] [--directory ${DIRECTORY}]
  --port       Where the API listens; 0 for any free port
  --reset      Begins anew: removes the database, the files and dev.json in the directory
  --quiet      Without a line for each request
  --verbose    With the worker's whole log, and with the stack of an error
  --directory  Where everything is kept

DATABASE_URL (the owner's connection string of a Postgres, Neon or any other) replaces PGlite; AWS_ACCESS_KEY_ID and
AWS_SECRET_ACCESS_KEY replace the stand-in of Bedrock, unless EDGELORE_LOCAL_MODEL=1.`;

export function readSettings(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: "string", default: "8787" },
        directory: { type: "string", default: DIRECTORY },
        reset: { type: "boolean", default: false },
        quiet: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Infinity;
    if (port > 65_535) throw new Error("--port is a number from 0 to 65535.");
    if (values.quiet && values.verbose) throw new Error("--quiet and --verbose exclude each other.");
    return { ...values, port, databaseUrl: readDatabaseUrl(), aws: readAws() };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function readDatabaseUrl(): string | undefined {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL && !/^postgres(ql)?:$/.test(URL.parse(DATABASE_URL)?.protocol ?? ""))
    throw new Error("DATABASE_URL is no postgres:// address.");
  return DATABASE_URL || undefined;
}

function readAws(): StackOptions["aws"] {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, EDGELORE_LOCAL_MODEL } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || EDGELORE_LOCAL_MODEL === "1") return undefined;
  return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...fromEnvironment(["AWS_REGION", "AWS_SESSION_TOKEN"]) };
}

/** What the worker is told besides what the stack tells it. */
export const variablesOf = ({ aws }: Settings): Record<string, string> => ({
  ...fromEnvironment(["JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "ENCRYPTION_KEYS"]),
  ...(aws && {
    CHAT_MODEL: REAL_MODEL,
    ...fromEnvironment(["CHAT_MODEL", "EMBEDDING_MODEL", "UTILITY_MODEL", "OCR_MODEL"]),
  }),
});

const fromEnvironment = (names: string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));

export async function checkPort(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "is in use" : `cannot be used (${message})`;
    throw new Error(`Port ${port} ${why}. Choose another one: npm run dev -- --port N`);
  }
  await new Promise((resolve) => server.close(resolve));
}
