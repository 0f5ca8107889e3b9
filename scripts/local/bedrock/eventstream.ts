import { EventStreamCodec } from "@smithy/eventstream-codec";

const encode = (text: string) => new TextEncoder().encode(text);
const codec = new EventStreamCodec((bytes) => new TextDecoder().decode(bytes as Uint8Array), encode);

function frame(kind: "event" | "exception", type: string, body: object): Uint8Array {
  return codec.encode({
    headers: {
      ":message-type": { type: "string", value: kind },
      [`:${kind}-type`]: { type: "string", value: type },
      ":content-type": { type: "string", value: "application/json" },
    },
    body: encode(JSON.stringify(body)),
  });
}

export const event = (type: string, body: object) => frame("event", type, body);

/** The status line said 200 long ago: a failure in mid-stream is a frame of its own, with a lower-case name. */
export const exception = (type: string, message: string) => frame("exception", type, { message });
