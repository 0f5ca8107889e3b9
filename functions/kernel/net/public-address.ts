import ipaddr from "ipaddr.js";
import { FetchRefused } from "./fetch-refused.ts";
import { urlCharsMax } from "./limits.ts";

/** All that IANA has given out for the public internet so far. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** Azure answers its machines in the midst of public space; other clouds have their metadata in private ranges. */
const cloudMetadata = new Set(["168.63.129.16"]);

/** Names that only a private network or the machine itself answers. */
const privateNames = ["localhost", "local", "internal", "localdomain", "intranet", "lan", "home", "corp", "private"];
const privateSuffixes = [...privateNames, "home.arpa"].map((name) => `.${name}`);

/** Of the web. Elsewhere listen databases and caches too, which take an HTTP request for commands of their own. */
const webPorts = new Set(["", "80", "443", "8080", "8443"]);

/**
 * Whether an address is one that the whole internet reaches. Only what is known to be is: private, loopback, link-local,
 * carrier-grade, multicast, documentation, reserved and unspecified ranges are not, nor is an IPv6 address that stands for an
 * IPv4 one (mapped, compatible, translated, 6to4, Teredo), nor what is not an address in its usual notation.
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address))
    return ipaddr.IPv4.parse(address).range() === "unicast" && !cloudMetadata.has(address);
  if (!ipaddr.IPv6.isValid(address)) return false;
  const parsed = ipaddr.IPv6.parse(address);
  return !parsed.zoneId && parsed.range() === "unicast" && parsed.match(globalUnicast);
}

/** Whether a host's name may stand for one on the internet: not `localhost`, a single word, or under `.local` and the like. */
export function isPublicName(host: string): boolean {
  const name = withoutDot(host).toLowerCase();
  const labels = name.split(".");
  return (
    name.length <= 253 &&
    labels.length > 1 &&
    labels.every((label) => /^[a-z0-9_-]{1,63}$/.test(label)) &&
    !privateSuffixes.some((suffix) => `.${name}`.endsWith(suffix))
  );
}

/** The address that a URL names instead of a host, whatever its notation was: URL has made 127.0.0.1 of `0x7f.1`. */
export function literalAddress({ hostname }: URL): string | null {
  if (hostname.startsWith("[")) return hostname.slice(1, -1);
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) ? hostname : null;
}

/**
 * What a user or a redirect names, if it is a URL that may be asked at all: http or https, a port of the web, no password, and a
 * host that is neither private by its name nor a private address. What its name resolves to is the resolver's to say. The
 * fragment and the dot after the host are gone. Throws FetchRefused.
 */
export function publicUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url) throw invalid("This is not an address of a page.");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw invalid(`Addresses that begin with ${url.protocol} cannot be fetched.`);
  if (url.username || url.password) throw invalid("The address has a user name or password in it.");
  if (url.href.length > urlCharsMax) throw invalid(`The address is longer than ${urlCharsMax} characters.`);
  url.hash = "";
  url.hostname = withoutDot(url.hostname);
  const literal = literalAddress(url);
  if (literal === null ? !isPublicName(url.hostname) : !isPublicAddress(literal)) throw privateHost(url);
  if (!webPorts.has(url.port))
    throw invalid(`Nothing is fetched from port ${url.port}, which is not one of web sites.`);
  return url;
}

/** What tells one site from another: http and https are the same, with and without `www.`. */
export const siteOf = ({ host }: URL) => host.replace(/^www\./, "");

export const privateHost = ({ hostname }: URL) =>
  new FetchRefused(
    "private_address",
    `${hostname} is not on the public internet. Give an address that everybody can open, or upload the file itself.`,
  );

const invalid = (what: string) =>
  new FetchRefused("invalid_url", `${what} Give an address such as https://www.example.com/page.html.`);

const withoutDot = (host: string) => host.replace(/\.$/, "");
