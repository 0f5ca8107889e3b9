import type { Problem } from "../client/failure.ts";
import { ConnectionError, ProblemError } from "../client/failure.ts";
import { oneLine } from "./terminal.ts";

/** One line for the person in front of the terminal: what is wrong and what to do. */
export function explain(error: unknown): string {
  if (error instanceof ProblemError) return explainProblem(error.problem);
  if (error instanceof ConnectionError)
    return `${oneLine(error.message)}${error.kind === "absent" ? " Is it running? `npm run dev`" : ""}`;
  return error instanceof Error ? error.message : String(error);
}

const ADVICE: Record<number, string> = {
  401: "Check --key or EDGELORE_API_KEY.",
  403: "The key lacks a scope for this.",
};

export function explainProblem({ title, detail, status, code, requestId }: Problem): string {
  const place = [code ?? status, requestId && `request ${requestId}`].filter(Boolean).join(", ");
  return oneLine([detail || title, ADVICE[status], place && `(${place})`].filter(Boolean).join(" "));
}
