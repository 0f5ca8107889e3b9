/** An estimate, near enough for budgets: some 4 letters of a Latin script a token, one of any other. */
export function countTokens(text: string): number {
  const others = text.match(/[\u0250-\uffff]/g)?.length ?? 0;
  return Math.max(1, Math.ceil((text.length - others) / 4.5 + others * 0.8));
}

/** Pieces of a few characters, as a model speaks; never half of a surrogate pair. */
export function toPieces(text: string, pieceChars = 4): string[] {
  const chars = [...text];
  return Array.from({ length: Math.ceil(chars.length / pieceChars) }, (_, i) =>
    chars.slice(i * pieceChars, (i + 1) * pieceChars).join(""),
  );
}
