/** Limits of fetching what users name by URL; the unit stands in the name. */

/** Links to shared files carry long signatures. */
export const urlCharsMax = 8_192;
export const redirectsMax = 5;
export const retryAfterSecondsMax = 86_400;
/** Of a header that is looked into; the rest is not a name, a type or a date. */
export const headerCharsMax = 1_024;
export const filenameCharsMax = 255;

export const dnsTimeoutMs = 5_000;
export const dnsAnswerBytesMax = 65_536;

/** RFC 9309 wants at least this much read; what follows is not. */
export const robotsBytesMax = 500 * 1024;
/** Of our groups, those that stand first: for each page that is asked about they take 20 ms at worst, */
export const robotsRulesMax = 10_000;
/** and those with a star 100 ms, as no site has that does not want to waste our time. */
export const robotsStarRulesMax = 1_000;
/** Who wants us slower than that is asked this often all the same. */
export const crawlDelaySecondsMax = 10;
