import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2, type Http2ServerResponse } from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** HTTP/1.1 and HTTP/2 on one port without TLS: the AWS SDK speaks HTTP/2 in Node and HTTP/1.1 by fetch in workerd. */
export async function listen(handler: Handler, port: number) {
  const http1 = createHttp1(handler);
  // Node's compatibility layer gives HTTP/2 requests the same methods, but not the same types.
  const http2 = createHttp2(handler as unknown as Parameters<typeof createHttp2>[1]);
  http2.on("sessionError", () => {});
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    // Read, not listened to: a socket that flows loses its first bytes before the protocol's server has it.
    socket.once("readable", () => {
      const start: Buffer | null = socket.read();
      if (!start) return;
      socket.unshift(start);
      (start.toString("latin1", 0, 3) === "PRI" ? http2 : http1).emit("connection", socket);
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Breaks off in the middle, as a lost connection does; of an HTTP/2 connection only this one stream. */
export function breakOff(response: ServerResponse): void {
  const { stream } = response as unknown as Partial<Http2ServerResponse>;
  if (stream) stream.close(2);
  else response.socket?.destroy();
}
