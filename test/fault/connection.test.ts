import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { connect } from "../../db/client.ts";
import { probe } from "../../db/queries/events/maintenance.ts";
import { fromDatabase } from "../../functions/kernel/errors.ts";

test.each(["cut off", "stalled"])("an answer of the database that is %s in its middle is none", async (how) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
    response.write('{"fields": [');
    if (how === "cut off") setTimeout(() => response.destroy(), 50);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`;
  const asked = probe(connect("postgres://edgelore_app:secret@localhost/postgres", { endpoint, timeoutMs: 500 }));
  const error = await asked.catch((thrown) => thrown);
  expect(fromDatabase(error)).toMatchObject({ code: "UNAVAILABLE" });
  server.closeAllConnections();
  server.close();
});
