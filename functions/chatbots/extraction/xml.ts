import sax from "sax";
import { ExtractionError } from "./extracted.ts";
import { xmlAttributesCharsMax, xmlDepthMax, xmlTokenCharsMax } from "./limits.ts";

/** A comment, an attribute or a name longer than this is an error; texts come in pieces. */
Object.assign(sax, { MAX_BUFFER_LENGTH: xmlTokenCharsMax });

/** What a reader of XML is told, in document order: element names without their prefix, attributes as they are written. */
export type XmlListener = {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close(name: string): void;
  text(text: string): void;
};

/**
 * Reads XML that comes in pieces; nothing of it is kept. Entities of a document's own are no entities here, so none can
 * grow. Throws ExtractionError (`damaged`) for what is not well-formed or nests deeper than 256; `what` names it to the user.
 */
export function xmlReader(what: string, listener: XmlListener): { write(text: string): void; end(): void } {
  const parser = sax.parser(true);
  let depth = 0;
  let attributeChars = 0;
  const fail = (reason: string, cause?: unknown): never => {
    throw new ExtractionError(
      "damaged",
      `The file is damaged: ${what} cannot be read (${reason}). Save or download it again and upload the new file.`,
      { cause },
    );
  };
  parser.onerror = (error) => fail(error.message.split("\n")[0]!, error);
  parser.onattribute = ({ name, value }) => {
    attributeChars += name.length + value.length;
    if (attributeChars > xmlAttributesCharsMax) fail("an element has too many attributes");
  };
  parser.onopentag = ({ name, attributes }) => {
    attributeChars = 0;
    if (++depth > xmlDepthMax) fail(`it nests deeper than ${xmlDepthMax}`);
    listener.open(withoutPrefix(name), attributes as Record<string, string>);
  };
  parser.onclosetag = (name) => {
    depth -= 1;
    listener.close(withoutPrefix(name));
  };
  parser.ontext = (text) => listener.text(text);
  parser.oncdata = (text) => listener.text(text);
  return {
    write: (text) => void parser.write(text),
    end: () => void parser.close(),
  };
}

const withoutPrefix = (name: string) => name.slice(name.indexOf(":") + 1);
