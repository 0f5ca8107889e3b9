import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, organization, settled, stack, superuser, type TestOrganization, uploadText } from "../harness.ts";

const WRITERS = 16;
const times = <T>(count: number, task: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => task(index)));

const fold = () => asTenant(null, "select maintain_statistics(100000)");

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

test.runIf(stack.isNative)("the database has as many connections as there are writers", async () => {
  const pids = await times(
    WRITERS,
    async () => (await superuser`select pg_backend_pid() as pid, pg_sleep(0.3)`)[0]?.pid,
  );
  expect(new Set(pids).size).toBe(WRITERS);
});

describe("with 16 writers at once", () => {
  test("messages of one conversation are numbered without a gap and without a double", async () => {
    const chatbot = (await org.call("POST", "/v1/chatbots", { name: "Numbers" })).body.id;
    const { conversationId } = (await org.call("POST", `/v1/chatbots/${chatbot}/messages`, { content: "First?" })).body;
    const replies = await times(WRITERS, () =>
      org.call("POST", `/v1/chatbots/${chatbot}/messages`, { content: "Next?", conversationId }),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(WRITERS).fill(200));
    const messages = await org.call("GET", `/v1/conversations/${conversationId}/messages?limit=100`);
    expect(messages.body.items.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
      Array.from({ length: 2 * (WRITERS + 1) }, (_, index) => index + 1),
    );
  });

  test("the same bytes become one document, and every other upload names it", async () => {
    const text = `The same bytes. ${crypto.randomUUID()}`;
    const replies = await times(WRITERS, () =>
      org.call("POST", "/v1/documents", { title: "Same", text, mimeType: "text/plain" }),
    );
    const made = replies.filter(({ status }) => status === 202);
    expect(made).toHaveLength(1);
    for (const { status, body } of replies.filter((reply) => reply !== made[0]))
      expect([status, body.documentId]).toEqual([409, made[0]!.body.id]);
  });

  test("a job is claimed once", async () => {
    const id = crypto.randomUUID();
    await asTenant(org.id, "insert into jobs (id, kind, subject_id) values ($1, 'test.claim', $1)", [id]);
    const claims = await times(WRITERS, () => asTenant(null, "select * from claim_job($1, interval '1 minute')", [id]));
    expect(claims.flat()).toHaveLength(1);
    await asTenant(org.id, "delete from jobs where id = $1", [id]);
  });

  test("an Idempotency-Key has one effect", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const replies = await times(WRITERS, () =>
      org.call("POST", "/v1/products", { name: "Once", category: "Kitchen" }, { headers }),
    );
    const ids = replies.flatMap(({ status, body }) => (status === 201 ? [body.id] : []));
    expect(new Set(ids).size).toBe(1);
    expect(replies.every(({ status }) => status === 201 || status === 409)).toBe(true);
    const products = await org.call("GET", "/v1/products?limit=100");
    expect(products.body.items.filter(({ name }: { name: string }) => name === "Once")).toHaveLength(1);
  });

  test("search statistics are exact after ingests, updates, deletions and folds, all at once", async () => {
    const other = await organization("Statistics");
    const ids = await times(WRITERS, (index) =>
      uploadText(other, `Entry ${index} about kettles. ${crypto.randomUUID()}`),
    );
    await Promise.all([...ids.map((id) => settled(other, id)), times(8, fold)]);
    const changes = ids.map((id, index) =>
      index % 2 ? other.call("DELETE", `/v1/documents/${id}`) : other.call("POST", `/v1/documents/${id}/reprocess`),
    );
    await Promise.all([...changes, times(8, fold)]);
    await Promise.all(ids.filter((_, index) => index % 2 === 0).map((id) => settled(other, id)));
    const differences = await asTenant(
      other.id,
      `with told as (select term, sum(entries) as entries from term_stats group by term having sum(entries) <> 0),
        true_ones as (select term, count(*) as entries from search_terms, unnest(terms) as term group by term)
      select * from told full join true_ones using (term) where told.entries is distinct from true_ones.entries`,
    );
    expect(differences).toEqual([]);
    const [corpus] = await asTenant<Record<string, number>>(
      other.id,
      `select sum(entries) - (select count(*) from search_terms) as entries, sum(length) - (select sum(length) from search_terms) as length from corpus_stats`,
    );
    expect(corpus).toEqual({ entries: "0", length: "0" });
  });
});
