import { expect, test } from "vitest";
import { organization } from "../harness.ts";
import { called } from "./calls.ts";

test("calls are told one by one, the newest first, in pages and by what they were for", async () => {
  const org = await organization();
  const at = (minute: number) => new Date(Date.now() - minute * 60_000);
  await called(
    org,
    { at: at(3), model: "a.b", inputTokens: 7, costMicroUsd: 5, endUserId: "O'Brien; drop table" },
    { at: at(2), model: "c.d", costMicroUsd: null, error: "TimeoutError" },
    { at: at(1), model: "a.b", task: "embed" },
  );
  const list = async (query = "") => (await org.call("GET", `/v1/model-calls?${query}`)).body;
  const first = await list("limit=2");
  expect(first.items).toMatchObject([{ task: "embed" }, { model: "c.d", costMicroUsd: null, error: "TimeoutError" }]);
  const second = await list(`limit=2&cursor=${first.nextCursor}`);
  expect(second).toMatchObject({ items: [{ inputTokens: 7, costMicroUsd: 5 }], nextCursor: null });
  expect((await list("model=a.b")).items).toHaveLength(2);
  expect((await list("model=a.b&task=answer")).items).toHaveLength(1);
  expect((await list(`endUserId=${encodeURIComponent("O'Brien; drop table")}`)).items).toHaveLength(1);
  expect((await list("endUserId=nobody")).items).toEqual([]);
});
