import { expect, test } from "vitest";
import { asTenant, organization } from "../harness.ts";

test("an organization changes what is sent and keeps the rest", async () => {
  const org = await organization("Before");
  const first = await org.call("PATCH", "/v1/organization", {
    settings: { defaultLanguage: "ja" },
    timeZone: "Asia/Tokyo",
  });
  expect(first.body).toMatchObject({ name: "Before", timeZone: "Asia/Tokyo", settings: { defaultLanguage: "ja" } });
  const second = await org.call("PATCH", "/v1/organization", { name: "After", settings: { retentionDays: 30 } });
  expect(second.body).toMatchObject({
    name: "After",
    timeZone: "Asia/Tokyo",
    settings: { defaultLanguage: "ja", retentionDays: 30 },
  });
});

test("a time zone is set by any name that the database cuts days by, and by no other", async () => {
  const org = await organization();
  const set = async (timeZone: string) => {
    const { status, body } = await org.call("PATCH", "/v1/organization", { timeZone });
    return status === 200 ? body.timeZone : body.errors?.[0]?.path;
  };
  const newer = ["Asia/Kolkata", "Asia/Kathmandu", "Europe/Kyiv", "America/Argentina/Buenos_Aires", "Etc/UTC", "UTC"];
  for (const name of newer) expect(await set(name)).toBe(name);
  const none = [
    "+05:45",
    "asia/tokyo",
    "GMT+5",
    "foo5",
    "Factory",
    "localtime",
    "posixrules",
    "posix/Asia/Tokyo",
    " UTC",
  ];
  for (const name of none) expect([name, await set(name)]).toEqual([name, "timeZone"]);
  // Not every database has these; one that lets them be set reports in them.
  for (const name of ["Asia/Calcutta", "Europe/Kiev"])
    if ((await set(name)) === name) expect((await org.call("GET", "/v1/usage")).status).toBe(200);
});

test("an organization holds as many chatbots as its subscription allows, and says how many", async () => {
  const org = await organization();
  const { limits } = (await org.call("GET", "/v1/organization")).body;
  expect(limits).toEqual({ documents: 20_000, chatbots: 100, members: 50 });
  await asTenant(
    org.id,
    "insert into chatbots (id, name, slug, llm_model) select gen_random_uuid(), 'Bot ' || i, 'bot-' || i, 'm' from generate_series(1, 100) i",
  );
  const refused = await org.call("POST", "/v1/chatbots", { name: "One too many" });
  expect(refused).toMatchObject({
    status: 403,
    body: { detail: "Your subscription, basic, holds at most 100 chatbots." },
  });
  await asTenant(org.id, "update organizations set subscription_tier = 'pro'");
  expect((await org.call("POST", "/v1/chatbots", { name: "One more" })).status).toBe(201);
});

test("settings that are changed at once are all kept", async () => {
  const org = await organization();
  const settings = [{ defaultLanguage: "th" }, { retentionDays: 7 }, { supportEmail: "help@example.com" }];
  await Promise.all(settings.map((one) => org.call("PATCH", "/v1/organization", { settings: one })));
  expect((await org.call("GET", "/v1/organization")).body.settings).toEqual(Object.assign({}, ...settings));
});

test("a slug is lower-case and nobody else's, a time zone and a setting exist", async () => {
  const [org, other] = [await organization(), await organization()];
  const wrong: [body: object, path: string, status: number][] = [
    [{ slug: "Acme" }, "slug", 400],
    [{ slug: "-a" }, "slug", 400],
    [{ slug: other.slug }, "slug", 409],
    [{ timeZone: "Mars/Olympus" }, "timeZone", 400],
    [{ settings: { theme: "dark" } }, "settings.theme", 400],
    [{ name: "   " }, "name", 400],
    [{ name: "a\u0000b" }, "name", 400],
    [{ settings: { defaultLanguage: "\ud800" } }, "defaultLanguage", 400],
    [{ subscriptionTier: "enterprise" }, "subscriptionTier", 400],
  ];
  for (const [body, path, status] of wrong) {
    const reply = await org.call("PATCH", "/v1/organization", body);
    expect([path, reply.status, reply.body.errors?.[0]?.path]).toEqual([path, status, path]);
  }
  expect((await org.call("GET", "/v1/organization")).body).toMatchObject({
    name: "Acme",
    slug: org.slug,
    timeZone: "UTC",
  });
});
