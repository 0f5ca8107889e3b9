/** Limits of reading the sources that users name; the unit stands in the name. */

/** Of one file as it is fetched, packed or not; the protocol allows 50 MB, which a worker cannot hold. */
export const sitemapBytesMax = 25 * 1024 * 1024;
/** Of all files of one sitemap, unpacked: some 5 s of reading. */
export const sitemapUnpackedBytesMax = 100 * 1024 * 1024;
export const sitemapFilesMax = 100;
/** A sitemap, the sitemaps that it lists, and those that they list. */
export const sitemapLevelsMax = 3;
/** The protocol's limit. */
export const sitemapUrlCharsMax = 2_048;
