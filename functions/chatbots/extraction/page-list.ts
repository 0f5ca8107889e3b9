/** Pages in ascending order as `Pages 2, 5–9`, for people. */
export function pageList(pages: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const page of pages) {
    const run = runs.at(-1);
    if (run?.[1] === page - 1) run[1] = page;
    else runs.push([page, page]);
  }
  const names = runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return `${pages.length === 1 ? "Page" : "Pages"} ${names.join(", ")}`;
}
