import { expect, test } from "vitest";
import { PriceListError, updatePrices } from "../../scripts/prices.ts";
import { organization, stack, superuser } from "../harness.ts";

const update = (text: string, name = "list.csv") =>
  updatePrices({ url: stack.superuserUrl, endpoint: stack.endpoint, text, name });
const model = () => `test.${crypto.randomUUID()}`;
const rowsOf = (name: string) =>
  superuser`select valid_from::text, input_micro_usd::integer as input, output_micro_usd::integer as output, call_micro_usd::integer as call, source
    from ai_models where model = ${name} order by valid_from`;
const verdicts = async (text: string) => (await update(text)).map(({ verdict }) => verdict);
const pricesNow = async () => (await (await organization()).call("GET", "/v1/model-prices")).body.items;

test("a list is written once, however often and at once it is read", async () => {
  const [a, b] = [model(), model()];
  const list = `model,validFrom,input,output,cacheRead,cacheWrite,call,source\n${a},2026-01-01,0.035,0.14,,,,"Somebody, ""here"""\r\n${b},,,,,,0.002,\n`;
  const runs = await Promise.all([update(list), update(list), update(list)]);
  expect(runs.flat().filter(({ verdict }) => verdict === "new")).toHaveLength(2);
  expect(await verdicts(list)).toEqual(["unchanged", "unchanged"]);
  expect(await rowsOf(a)).toEqual([
    {
      valid_from: expect.stringContaining("2026-01-01"),
      input: 35_000,
      output: 140_000,
      call: 0,
      source: 'Somebody, "here"',
    },
  ]);
  expect(await rowsOf(b)).toMatchObject([{ input: 0, call: 2_000, source: "list.csv" }]);
  expect(await pricesNow()).toContainEqual({
    ...{ model: a, validFrom: "2026-01-01T00:00:00.000Z", source: 'Somebody, "here"', callMicroUsd: 0 },
    ...{ inputMicroUsd: 35_000, outputMicroUsd: 140_000, cacheReadMicroUsd: 0, cacheWriteMicroUsd: 0 },
  });
});

test("a new price holds from now on or later, and what held stays as it was", async () => {
  const name = model();
  const json = (...items: object[]) => JSON.stringify(items.map((item) => ({ model: name, ...item })));
  await update(json({ input: 1, validFrom: "2026-01-01" }));
  const [first] = await rowsOf(name);
  const now = () => pricesNow().then((all) => all.find((one: { model: string }) => one.model === name).inputMicroUsd);
  for (const item of [
    { input: 2, validFrom: "2026-01-01" },
    { input: 2, validFrom: "2026-02-01T00:00:00+09:00" },
    { input: 2, validFrom: "2025-01-01" },
  ])
    await expect(update(json(item), "list.json")).rejects.toThrow(`list.json, item 1: ${name} had another price then`);
  expect(await verdicts(json({ input: 1, validFrom: "2026-02-01" }))).toEqual(["unchanged"]);
  expect(await verdicts(json({ input: 3, validFrom: "2199-01-01" }))).toEqual(["new"]);
  expect(await now()).toBe(1_000_000);
  expect(await verdicts(json({ input: 2 }))).toEqual(["new"]);
  expect(await now()).toBe(2_000_000);
  const rows = await rowsOf(name);
  expect([rows.length, rows[0]]).toEqual([3, first]);
});

test("models.dev's list is read as it is", async () => {
  const [priced, free] = [model(), model()];
  const list = {
    "amazon-bedrock": {
      id: "amazon-bedrock",
      models: {
        [priced]: {
          id: priced,
          name: "A",
          cost: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75, context_over_200k: {} },
        },
        [free]: { id: free, name: "B" },
      },
    },
    openai: { models: { "gpt-x": { cost: { input: -1 } } } },
  };
  expect(await update(JSON.stringify(list), "api.json")).toEqual([
    { place: `api.json, ${priced}`, model: priced, verdict: "new" },
  ]);
  expect(await rowsOf(priced)).toMatchObject([{ input: 3_000_000, output: 15_000_000, source: "models.dev" }]);
});

const bad: [list: string, place: string, why: RegExp][] = [
  ["model,input\nm,1\nn,-1", "line 3", /input, -1,/],
  ["model,input\nm,NaN", "line 2", /input, NaN,/],
  ["model,input\nm,Infinity", "line 2", /input, Infinity,/],
  ["model,input\nm,1e3", "line 2", /input, 1e3,/],
  ["model,input\nm,1000001", "line 2", /input, 1000001,/],
  ["model,input\nm,0.0000001", "line 2", /finer/],
  ["model,price\nm,1", "line 1", /price is no field/],
  ["model,input\nm,1,2", "line 2", /3 cells/],
  ['model,input\n"m,1', "line 2", /quote/],
  ["model,input\n,1", "line 2", /model/],
  ["model,source\nm,x", "line 2", /is needed/],
  ["model,input\nm,1\nm,2", "line 3", /already/],
  ["model,input,validFrom\nm,1,2026-02-30", "line 2", /validFrom, 2026-02-30,/],
  ["model,input,validFrom\nm,1,2026-02-01T00:00", "line 2", /validFrom/],
  ['[{"model": "m", "input": "1"}]', "item 1", /input, 1,/],
  ['[{"model": "m", "input": 1}, {"model": "m", "input": 1, "outptu": 2}]', "item 2", /outptu is no field/],
  ['[{"model": "m", "input": null}]', "item 1", /input, null,/],
  ["[1]", "item 1", /no?t? an object/],
  ['{"models": []}', "list.csv", /neither/],
  ['[{"model": "m"', "list.csv", /not JSON/],
];

test.each(bad)("%j is refused whole, at %s", async (list, place, why) => {
  const error = await update(list).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(PriceListError);
  expect(error.message).toContain(place);
  expect(error.message).toMatch(why);
});

test("of a list with one refused price nothing is written", async () => {
  const [old, other] = [model(), model()];
  await update(`model,input,validFrom\n${old},1,2026-01-01`);
  await expect(update(`model,input,validFrom\n${other},1,\n${old},2,2026-01-01`)).rejects.toThrow("line 3");
  expect(await rowsOf(other)).toEqual([]);
});

test("the database takes no negative price from anybody", async () => {
  const insert = superuser`insert into ai_models (model, valid_from, cache_read_micro_usd, source) values (${model()}, now(), -1, 'test')`;
  await expect(insert).rejects.toMatchObject({ constraint: "ai_models_prices" });
});
