import { expect, test } from "vitest";
import { DOCUMENT_TYPES } from "../../db/words.ts";
import { asTenant, organization } from "../harness.ts";

const DEFAULTS = { chunkTokens: 512, overlapTokens: 0, chunkType: null, contextualPrefix: false };

test("what is set for a type replaces what was, and the default is back once it is deleted", async () => {
  const org = await organization();
  const set = (body: object) => org.call("PUT", "/v1/chunking-settings/technical", body);
  const list = async () => (await org.call("GET", "/v1/chunking-settings")).body.items;
  const fresh = await list();
  expect(fresh).toEqual(
    DOCUMENT_TYPES.map((documentType) => ({
      documentType,
      ...DEFAULTS,
      isDefault: true,
      updatedBy: null,
      updatedAt: null,
    })),
  );
  const first = { chunkTokens: 800, overlapTokens: 80, chunkType: "formulation_level", contextualPrefix: true };
  expect(await set(first)).toMatchObject({ status: 200, body: { ...first, isDefault: false } });
  expect((await set({ chunkTokens: 100 })).body).toMatchObject({
    documentType: "technical",
    ...DEFAULTS,
    chunkTokens: 100,
    isDefault: false,
    updatedBy: expect.any(String),
    updatedAt: expect.any(String),
  });
  expect((await list()).filter((item: { isDefault: boolean }) => !item.isDefault)).toHaveLength(1);
  for (const _ of [1, 2]) expect((await org.call("DELETE", "/v1/chunking-settings/technical")).status).toBe(204);
  expect(await list()).toEqual(fresh);
  const told = await asTenant(org.id, "select type from events where resource_type = 'chunking-settings' order by id");
  expect(told.map(({ type }) => type)).toEqual([
    ...["chunking-settings.replaced", "chunking-settings.replaced"],
    ...["chunking-settings.deleted", "chunking-settings.deleted"],
  ]);
});

test.each([
  [{ chunkTokens: 49 }, "chunkTokens"],
  [{ chunkTokens: 2_001 }, "chunkTokens"],
  [{ chunkTokens: 101, overlapTokens: 51 }, "overlapTokens"],
  [{ overlapTokens: -1 }, "overlapTokens"],
  [{ chunkType: "Product level" }, "chunkType"],
  [{ contextualPrefix: "yes" }, "contextualPrefix"],
])("what cannot be is refused by name: %j", async (body, path) => {
  const org = await organization();
  const refused = { status: 400, body: { code: "INVALID", errors: [{ path: expect.stringContaining(path) }] } };
  expect(await org.call("PUT", "/v1/chunking-settings/other", body)).toMatchObject(refused);
  expect(
    await org.call("POST", "/v1/documents/preview", { text: "a", mimeType: "text/plain", settings: body }),
  ).toMatchObject(refused);
});
