import { beforeAll, describe, expect, test } from "vitest";
import { organization, settled, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
let id: string;
beforeAll(async () => {
  org = await organization();
  id = await uploadText(org, "The ferry leaves at noon.", "Timetable");
  await settled(org, id);
});
const change = (body: object, documentId = id, to = org) => to.call("PATCH", `/v1/documents/${documentId}`, body);
const found = async (query: string, filter?: object) =>
  (await org.call("POST", "/v1/search", { query, mode: "lexical", filter })).body.results.map(
    ({ source }: { source: { id: string; title: string } }) => source.title,
  );

test("what does not change the text is changed at once, and searches follow", async () => {
  const product = (await org.call("POST", "/v1/products", { name: "Ferry", category: "Ships" })).body.id;
  const reply = await change({ productId: product, documentType: "safety", metadata: { season: "summer" } });
  expect(reply).toMatchObject({
    status: 200,
    body: { productId: product, documentType: "safety", metadata: { season: "summer" }, status: "completed" },
  });
  expect(await found("ferry", { documentType: "safety", "metadata.season": "summer" })).toEqual(["Timetable"]);
  expect((await change({ productId: null })).body.productId).toBeNull();
});

test("a document is found by its new title once it is processed again, and by the old one no more", async () => {
  expect((await change({ title: "Departures" })).body).toMatchObject({ title: "Departures", status: "uploaded" });
  expect((await settled(org, id)).status).toBe("completed");
  expect(await found("departures")).toEqual(["Departures"]);
  expect(await found("timetable")).toEqual([]);
});

describe("nothing is changed", () => {
  test.each([
    [{}, ""],
    [{ title: "" }, "title"],
    [{ language: "english" }, "language"],
    [{ documentType: "novel" }, "documentType"],
    [{ status: "completed" }, "status"],
  ])("by %j", async (body, path) => {
    expect(await change(body)).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ path })]) },
    });
  });

  test("by a product that is not there", async () => {
    expect((await change({ title: "Ferry", productId: crypto.randomUUID() })).status).toBe(404);
    expect(await found("departures")).toEqual(["Departures"]);
  });

  test("of a document that another organization has, or nobody", async () => {
    const other = await organization();
    expect((await change({ title: "Mine" }, id, other)).status).toBe(404);
    expect((await change({ title: "Mine" }, crypto.randomUUID())).status).toBe(404);
  });
});
