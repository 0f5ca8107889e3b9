/** Families of models that keep what stands before a mark between calls; what is too short for it they pass over. */
const CACHING = /\b(?:anthropic\.claude|amazon\.nova)/;
/** Models that said they keep nothing. */
const withoutCache = new Set<string>();

export const CACHE_POINT = { cachePoint: { type: "default" } } as const;

/** Whether a model is known to keep nothing. */
export const refusesCache = (model: string): boolean => withoutCache.has(model);
/** Whether a model is known to keep what it reads. */
export const keepsPrompts = (model: string): boolean => CACHING.test(model) && !refusesCache(model);

/** Whether it was refused for its mark: from then on the model is asked without. */
export function learnsNoCache(model: string, error: unknown): boolean {
  if (withoutCache.has(model) || !/prompt caching|cachePoint/i.test((error as Error).message)) return false;
  withoutCache.add(model);
  return true;
}
