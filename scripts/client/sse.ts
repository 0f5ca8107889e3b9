export type SentEvent = { event: string; data: string; id: string };

/** Reads server-sent events as the HTML standard says, wherever the bytes are cut; an event that the end cuts off is dropped. */
export async function* parseEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent> {
  let event = "";
  let id = "";
  let data: string[] = [];
  for await (const line of linesOf(bytes)) {
    if (line === "") {
      if (data.length > 0) yield { event: event || "message", data: data.join("\n"), id };
      event = "";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon); // a comment is a line whose field has no name
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }
}

/** Lines that have ended, by LF, CRLF or CR. A CR ends its line at once: the LF that may follow can be long in coming. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let endedByCr = false;
  for await (const chunk of bytes) {
    let text = decoder.decode(chunk, { stream: true });
    if (text === "") continue;
    if (endedByCr && text.startsWith("\n")) text = text.slice(1);
    endedByCr = text === "" ? false : text.endsWith("\r");
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = rest + lines[0];
    rest = lines.pop()!;
    yield* lines;
  }
}
