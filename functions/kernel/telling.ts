import { unanswered } from "./errors.ts";

const ATTEMPTS = 5;

/** Tells the database something, again and again for a while when it does not answer. Told twice it must be as if told once. */
export async function telling<T>(tell: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tell();
    } catch (error) {
      if (attempt === ATTEMPTS || !unanswered(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}
