import { text } from "../kernel/endpoint.ts";

const TYPES_MAX = 20;
const TYPE_CHARS_MAX = 100;
const isType = ({ length }: string) => length > 0 && length <= TYPE_CHARS_MAX;

/** What both the list and the stream can be narrowed to. */
export const eventQuery = {
  type: text(TYPES_MAX * (TYPE_CHARS_MAX + 1), 1)
    .transform((list) => list.split(","))
    .refine(
      (types) => types.length <= TYPES_MAX && types.every(isType),
      `is up to ${TYPES_MAX} types with commas between, each of up to ${TYPE_CHARS_MAX} characters`,
    )
    .optional()
    .meta({
      description: `Of this type, or with a dot at its end of all that begin so; up to ${TYPES_MAX} with commas between: \`document.,key.created\``,
    }),
  resourceType: text(100, 1).optional(),
};
