import { ExtractionError } from "../extracted.ts";
import type { OfficePackage, Relationship } from "../ooxml.ts";

const contentTypes = "[Content_Types].xml";

/** The part with the text: the one that the file's relationships, or else its content types, name. Throws without one. */
export async function mainPart(office: OfficePackage, relationships: Iterable<Relationship>): Promise<string> {
  for (const { type, part } of relationships) if (type === "officeDocument" && office.has(part)) return part;
  let main: string | undefined;
  if (office.has(contentTypes)) {
    await office.read(contentTypes, "the list of its parts", {
      open(name, { PartName = "", ContentType = "" }) {
        const part = PartName.replace(/^\//, "");
        if (name === "Override" && /word.*\.main\+xml$/.test(ContentType) && office.has(part)) main ??= part;
      },
      close() {},
      text() {},
    });
  }
  if (main !== undefined) return main;
  throw new ExtractionError(
    "damaged",
    "The file is damaged: the part with its text is missing. Save it again in Word and upload the new file.",
  );
}
