import fc from "fast-check";
import { expect, test } from "vitest";
import { FetchRefused } from "../../../functions/kernel/net/fetch-refused.ts";
import { isPublicAddress, isPublicName, publicUrl } from "../../../functions/kernel/net/public-address.ts";

/** IANA's registry of special addresses, with multicast and the metadata of Azure. */
const SPECIAL = [
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24",
  "192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4",
  "240.0.0.0/4 168.63.129.16/32",
]
  .join(" ")
  .split(" ")
  .map((block) => {
    const [address, bits] = block.split("/");
    const first = address!.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
    return { first, last: first + 2 ** (32 - Number(bits)) - 1 };
  });
const isSpecial = (ip: number) => SPECIAL.some(({ first, last }) => ip >= first && ip <= last);

const octets = (ip: number) => [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255];
const dotted = (ip: number) => octets(ip).join(".");
const groups = (ip: number) => `${(ip >>> 16).toString(16)}:${(ip & 0xffff).toString(16)}`;
const hex = (part: number) => `0x${part.toString(16)}`;
const octal = (part: number) => `0${part.toString(8)}`;

const V4_NOTATIONS: [string, (ip: number) => string][] = [
  ["dotted", dotted],
  ["with a dot behind", (ip) => `${dotted(ip)}.`],
  ["hexadecimal", (ip) => octets(ip).map(hex).join(".")],
  ["octal", (ip) => octets(ip).map(octal).join(".")],
  [
    "mixed",
    (ip) =>
      octets(ip)
        .map((part, i) => [hex, octal, String, hex][i]!(part))
        .join("."),
  ],
  ["one number", (ip) => String(ip)],
  ["one hexadecimal number", hex],
  ["one octal number", octal],
  ["two numbers", (ip) => `${ip >>> 24}.${ip & 0xffffff}`],
  ["three numbers", (ip) => `${ip >>> 24}.${(ip >>> 16) & 255}.${ip & 0xffff}`],
  ["wide digits", (ip) => dotted(ip).replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
  ["ideographic dots", (ip) => octets(ip).join("。")],
  ["escaped", (ip) => dotted(ip).replace(/\d/g, (digit) => `%3${digit}`)],
];
const V6_EMBEDDINGS: [string, (ip: number) => string][] = [
  ["mapped", (ip) => `::ffff:${dotted(ip)}`],
  ["mapped, in groups", (ip) => `0:0:0:0:0:ffff:${groups(ip)}`],
  ["compatible", (ip) => `::${dotted(ip)}`],
  ["translated (SIIT)", (ip) => `::ffff:0:${dotted(ip)}`],
  ["NAT64", (ip) => `64:ff9b::${dotted(ip)}`],
  ["local NAT64", (ip) => `64:ff9b:1::${dotted(ip)}`],
  ["6to4", (ip) => `2002:${groups(ip)}::1`],
  ["Teredo", (ip) => `2001:0:4136:e378:8000:63bf:${groups(~ip >>> 0)}`],
];

const anyIp = fc.nat(0xffffffff);
const nearSpecial = fc
  .constantFrom(...SPECIAL)
  .chain(({ first, last }) =>
    fc.oneof(
      fc.integer({ min: first, max: last }),
      fc.constantFrom(first, last, Math.max(0, first - 1), Math.min(0xffffffff, last + 1)),
    ),
  );
const reasonFor = (host: string) => {
  try {
    return publicUrl(`http://${host}/`).hostname;
  } catch (error) {
    return (error as FetchRefused).reason;
  }
};

test("an IPv4 address is public exactly when no registry calls it special", () => {
  fc.assert(
    fc.property(fc.oneof(anyIp, nearSpecial), (ip) => isPublicAddress(dotted(ip)) === !isSpecial(ip)),
    { numRuns: 20_000 },
  );
});

test.each(V4_NOTATIONS)("an address written %s is judged as what it means", (_, write) => {
  fc.assert(
    fc.property(fc.oneof(anyIp, nearSpecial), (ip) => {
      expect(reasonFor(write(ip))).toBe(isSpecial(ip) ? "private_address" : dotted(ip));
    }),
    { numRuns: 2_000 },
  );
});

test.each(V6_EMBEDDINGS)("no IPv6 address that stands for an IPv4 one is public: %s", (_, write) => {
  fc.assert(
    fc.property(fc.oneof(anyIp, nearSpecial), (ip) => {
      expect(isPublicAddress(write(ip))).toBe(false);
      expect(reasonFor(`[${write(ip)}]`)).toBe("private_address");
    }),
    { numRuns: 2_000 },
  );
});

test("only IPv6 addresses of the public internet are public", () => {
  const group = fc.nat(0xffff).map((value) => value.toString(16));
  fc.assert(
    fc.property(fc.nat(0xffff), fc.array(group, { minLength: 7, maxLength: 7 }), (first, rest) => {
      const isPublic = isPublicAddress([first.toString(16), ...rest].join(":"));
      expect(isPublic && first >>> 13 !== 1).toBe(false);
    }),
    { numRuns: 20_000 },
  );
  for (const address of ["2606:4700:4700::1111", "2a00:1450:4001:80b::200e", "2001:4860:4860::8888"])
    expect(isPublicAddress(address)).toBe(true);
  for (const address of [
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fc00::1",
    "fd00:ec2::254", // metadata of AWS
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "2001:2::1",
    "2001:20::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
  ])
    expect(isPublicAddress(address), address).toBe(false);
});

test("what is not an address in its usual notation is not public", () => {
  for (const text of [
    "",
    " ",
    "8.8.8",
    "8.8.8.8.8",
    "08.8.8.8",
    "0x8.8.8.8",
    "8.8.8.256",
    "134744072",
    ":::",
    "8.8.8.8/8",
  ])
    expect(isPublicAddress(text), text).toBe(false);
  fc.assert(fc.property(fc.string(), (text) => isPublicAddress(text) === /^8\.8\.8\.8$/.test(text)));
});

test.each([
  "localhost",
  "LOCALHOST",
  "localhost.",
  "localhost..",
  "a.localhost",
  "ⓛocalhost",
  "intranet",
  "db",
  "printer.local",
  "printer.local.",
  "printer.LOCAL",
  "metadata.google.internal",
  "metadata.google.internal.",
  "host.docker.internal",
  "nas.home.arpa",
  "home.arpa",
  "router.lan",
  "wiki.corp",
  "a..example.com",
  `${"a".repeat(64)}.example.com`,
  `${"a.".repeat(127)}example.com`,
  "exa!mple.com",
])("%s is no name on the public internet", (host) => {
  expect(reasonFor(host)).toBe("private_address");
});

test("names of the internet are, and are spelled as DNS does", () => {
  expect(reasonFor("Example.COM.")).toBe("example.com");
  expect(reasonFor("bücher.example.com")).toBe("xn--bcher-kva.example.com");
  expect(reasonFor("例え.jp")).toBe("xn--r8jz45g.jp");
  expect(reasonFor("_dmarc.example.com")).toBe("_dmarc.example.com");
  expect(reasonFor("mylocal.com")).toBe("mylocal.com");
  expect(isPublicName("internal.example.com")).toBe(true);
});

test.each([
  "",
  "example.com",
  "//example.com/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "data:text/html,a",
  "javascript:alert(1)",
  "gopher://example.com:70/",
  "https://user@example.com/",
  "https://user:secret@example.com/",
  "https://:secret@example.com/",
  "http://example.com:22/",
  "http://example.com:25/",
  "http://example.com:6379/",
  "http://example.com:9200/",
  "http://example.com:3000/",
  "http://example.com:0/",
  "http://example.com:65536/",
  "http://exa mple.com/",
  "http://[::1/",
  "http://1.2.3.4.5/",
  "http://256.1.1.1/",
  `http://example.com/${"a".repeat(8_192)}`,
])("%s is no address that can be fetched", (text) => {
  expect(() => publicUrl(text)).toThrow(expect.objectContaining({ reason: "invalid_url" }));
});

test("every refusal says what is wrong and what to do, and tells no password", () => {
  for (const text of [
    "ftp://example.com/",
    "https://user:secret@example.com/",
    "http://localhost/",
    "http://a.com:22/",
  ]) {
    const error = (() => {
      try {
        publicUrl(text);
      } catch (thrown) {
        return thrown as FetchRefused;
      }
    })();
    expect(error).toBeInstanceOf(FetchRefused);
    expect(error!.message).toMatch(/^.+\. Give .+\.$/);
    expect(error!.message).not.toContain("secret");
  }
});

test("the web's usual ports can be asked, and fragments are not sent", () => {
  for (const text of [
    "http://a.com:80/",
    "http://a.com:443/",
    "https://a.com:80/",
    "https://a.com:8443/",
    "http://a.com:8080/",
  ])
    expect(publicUrl(text).href).toBe(new URL(text).href);
  expect(publicUrl(" https://a.com/x?y=1#z\n").href).toBe("https://a.com/x?y=1");
});
