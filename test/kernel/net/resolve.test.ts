import { expect, test } from "vitest";
import { resolveOverHttps } from "../../../functions/kernel/net/resolve.ts";
import { reasonOf, serveSites } from "./site.ts";

type Answer = { Status?: number; TC?: boolean; Answer?: { name: string; type: number; TTL: number; data: string }[] };
const record = (type: number, data: string) => ({ name: "example.com.", type, TTL: 60, data });

/** A resolver that answers the questions for A and AAAA. */
async function resolver(answers: Record<"A" | "AAAA", Answer | string>, status = 200) {
  const questions: string[] = [];
  const { here } = await serveSites((request, response) => {
    const { searchParams } = new URL(request.url!, "http://resolver");
    questions.push(`${searchParams.get("name")} ${searchParams.get("type")} ${request.headers.accept}`);
    const answer = answers[searchParams.get("type") as "A" | "AAAA"];
    response.writeHead(status, { "content-type": "application/dns-json", location: "/elsewhere" });
    response.end(typeof answer === "string" ? answer : JSON.stringify({ Status: 0, TC: false, ...answer }));
  });
  return { resolve: resolveOverHttps(fetch, `${here}/dns-query?key=1`), questions };
}
const signal = () => AbortSignal.timeout(5_000);

test("a name has the addresses of both families, at the end of its aliases", async () => {
  const alias = record(5, "cdn.example.net.");
  const { resolve, questions } = await resolver({
    A: { Answer: [alias, record(1, "93.184.215.14"), record(1, "10.0.0.1")] },
    AAAA: { Answer: [alias, record(28, "2606:4700::1")] },
  });
  expect(await resolve("example.com", signal())).toEqual(["93.184.215.14", "10.0.0.1", "2606:4700::1"]);
  expect(questions.toSorted()).toEqual(["example.com A application/dns-json", "example.com AAAA application/dns-json"]);
});

test("a name that is not there, or has no addresses, has none", async () => {
  const missing = await resolver({ A: { Status: 3 }, AAAA: { Status: 3 } });
  expect(await missing.resolve("example.com", signal())).toEqual([]);
  const mailOnly = await resolver({ A: {}, AAAA: { Answer: [record(5, "mail.example.net.")] } });
  expect(await mailOnly.resolve("example.com", signal())).toEqual([]);
});

const fine: Answer = { Answer: [record(1, "93.184.215.14")] };
test.each<[string, Answer | string]>([
  ["says that it failed", { Status: 2 }],
  ["refuses", { Status: 5 }],
  ["cuts the answer short", { TC: true, Answer: [record(28, "2606:4700::1")] }],
  ["sends no JSON", "<html>"],
  ["sends another JSON", '{"error":"quota"}'],
  ["sends more than an answer", JSON.stringify({ Status: 0, Comment: "a".repeat(70_000) })],
])("when the resolver %s to one of both questions, nothing is known", async (_, answer) => {
  const one = await resolver({ A: fine, AAAA: answer });
  expect(await reasonOf(one.resolve("example.com", signal()))).toBe("dns_failed");
  const other = await resolver({ A: answer, AAAA: {} });
  expect(await reasonOf(other.resolve("example.com", signal()))).toBe("dns_failed");
});

test.each([302, 400, 429, 500])("nothing is known when the resolver answers %i", async (status) => {
  const { resolve } = await resolver({ A: fine, AAAA: {} }, status);
  expect(await reasonOf(resolve("example.com", signal()))).toBe("dns_failed");
});

test("nothing is known when the resolver is away or silent", async () => {
  const away = resolveOverHttps(fetch, "http://127.0.0.1:1/dns-query");
  expect(await reasonOf(away("example.com", signal()))).toBe("dns_failed");
  const { here } = await serveSites(() => {});
  expect(await reasonOf(resolveOverHttps(fetch, here)("example.com", AbortSignal.timeout(100)))).toBe("dns_failed");
});

test.each(["localhost.", "metadata.google.internal.", "db."])(
  "a name that is another name for %s is refused",
  async (data) => {
    const { resolve } = await resolver({ A: { Answer: [record(5, data), record(1, "93.184.215.14")] }, AAAA: {} });
    expect(await reasonOf(resolve("example.com", signal()))).toBe("private_address");
  },
);
