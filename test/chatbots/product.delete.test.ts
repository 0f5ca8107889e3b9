import { expect, test } from "vitest";
import { asTenant, organization } from "../harness.ts";

// Its embedding is under way when it goes: of the two either may come first.
test("of a product that is deleted while it is made findable, nothing stays behind", async () => {
  const org = await organization();
  for (let i = 0; i < 30; i++) {
    const { body } = await org.call("POST", "/v1/products", { name: `Blue lamp ${i}`, category: "Lights" });
    await org.call("POST", "/v1/search", { query: "lamp", mode: "lexical" });
    expect((await org.call("DELETE", `/v1/products/${body.id}`)).status).toBe(204);
  }
  const left = "select corpus, entry_id from search_terms union all select corpus, entry_id from search_vectors";
  expect(await asTenant(org.id, left)).toEqual([]);
});
