import { expect, test } from "vitest";
import { seal, unseal } from "../../functions/kernel/seal.ts";
import { envWith } from "../env.ts";

const key = (seed: number) => Buffer.alloc(32, seed).toString("base64");
const configured = (ENCRYPTION_KEYS?: string) => envWith(ENCRYPTION_KEYS === undefined ? {} : { ENCRYPTION_KEYS });

const PLACE = { organizationId: "o1", id: "e1", field: "webhook_endpoints.secret" };
const SECRET = "whsec_ÄÖ愛";

test("what is sealed is read again, is never sealed alike twice, and says nothing of itself", async () => {
  const env = configured(`a:${key(1)}`);
  const [first, second] = [await seal(env, PLACE, SECRET), await seal(env, PLACE, SECRET)];
  expect(first).toMatch(/^v1:a:[A-Za-z0-9+/]+=*$/);
  expect(first).not.toBe(second);
  for (const sealed of [first, second]) expect(await unseal(env, PLACE, sealed)).toBe(SECRET);
});

test("moved to another organization, row or field, or changed by a bit, it cannot be opened", async () => {
  const env = configured(`a:${key(1)}`);
  const sealed = await seal(env, PLACE, SECRET);
  for (const part of ["organizationId", "id", "field"] as const)
    await expect(unseal(env, { ...PLACE, [part]: "other" }, sealed)).rejects.toThrow();
  const bytes = Buffer.from(sealed.slice(5), "base64");
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes);
    changed[index]! ^= 1;
    await expect(unseal(env, PLACE, `v1:a:${changed.toString("base64")}`)).rejects.toThrow();
  }
});

test("a new key seals while the old one still opens; one that is gone, or another of its name, opens nothing", async () => {
  const sealed = await seal(configured(`a:${key(1)}`), PLACE, SECRET);
  const both = configured(`b:${key(2)},a:${key(1)}`);
  expect(await unseal(both, PLACE, sealed)).toBe(SECRET);
  expect(await seal(both, PLACE, SECRET)).toMatch(/^v1:b:/);
  await expect(unseal(configured(`b:${key(2)}`), PLACE, sealed)).rejects.toThrow('key "a"');
  await expect(unseal(configured(`a:${key(2)}`), PLACE, sealed)).rejects.toThrow();
});

test("keys that are none stop the worker at its start and are not repeated; without any it works, and says so when it has to seal", async () => {
  const short = Buffer.alloc(31, 1).toString("base64");
  for (const wrong of ["", key(1), `a:${short}`, `a:${key(1)},`, `a:${key(1)},a:${key(2)}`]) {
    expect(() => configured(wrong)).toThrow("ENCRYPTION_KEYS");
    expect(() => configured(wrong)).not.toThrow(key(1));
  }
  await expect(seal(configured(), PLACE, SECRET)).rejects.toThrow("ENCRYPTION_KEYS");
});
