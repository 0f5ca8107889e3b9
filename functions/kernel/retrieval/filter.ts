import * as z from "zod";
import { CORPUS_NAMES, FIELDS } from "../../../db/corpora.ts";
import { METADATA_PREFIX, type Filter as SourceFilter } from "../../../db/filter.ts";
import { instant, text } from "../endpoint.ts";

const FIELDS_MAX = 20;
const VALUES_MAX = 1_000;
const VALUE_CHARS_MAX = 255;
const PATH_SEGMENTS_MAX = 10;

/** A scalar or an object, judged by which of them a value is: so an error names its place within the object. */
const ScalarOrObject = z.core.$constructor<z.ZodUnion<[z.ZodType, z.ZodType]>>("ScalarOrObject", (inst, def) => {
  z.ZodUnion.init(inst, def);
  const [scalar, object] = def.options;
  inst._zod.parse = (payload, context) =>
    (typeof payload.value === "object" && payload.value !== null ? object : scalar)._zod.run(payload, context);
});
const either = (scalar: z.ZodType, object: z.ZodType) =>
  new ScalarOrObject({ type: "union", options: [scalar, object] });

const operators = (shape: z.ZodRawShape) =>
  z
    .strictObject(shape)
    .partial()
    .refine((value) => Object.keys(value).length > 0, "must ask something")
    .meta({ minProperties: 1 });
const among = (value: z.ZodType) => {
  const values = z.array(value).max(VALUES_MAX);
  return { in: values, notIn: values.meta({ description: "Also matches where there is no value" }) };
};
const bounds = (value: z.ZodType) => ({ gt: value, gte: value, lt: value, lte: value });

const string = text(VALUE_CHARS_MAX);
const number = z.number();
/** PostgreSQL knows no year 0. */
export const time = instant.max(35).refine((value) => !value.startsWith("0000"), "must not be before the year 1");
const bound = z.union([string, number], "must be text or a number");
const scalar = z.union([string, number, z.boolean()], "must be text, a number or a boolean");

const CONDITIONS = {
  id: either(z.uuid(), operators(among(z.uuid()))).meta({ id: "IdCondition" }),
  text: either(string, operators(among(string))).meta({ id: "TextCondition" }),
  number: either(number, operators({ ...among(number), ...bounds(number) })).meta({ id: "NumberCondition" }),
  time: operators(bounds(time)).meta({ id: "TimeCondition" }),
};

function conditionOf({ type, words, corpora }: (typeof FIELDS)[string]) {
  const condition = type === "word" ? either(z.enum(words), operators(among(z.enum(words)))) : CONDITIONS[type];
  return corpora.length === CORPUS_NAMES.length
    ? condition
    : condition.meta({ description: `Only of ${corpora.join(", ")}: nothing else matches` });
}

const scalars = z.array(scalar).max(VALUES_MAX);
const MetadataCondition = either(
  scalar,
  operators({
    ...among(scalar),
    ...bounds(bound),
    exists: z.boolean(),
    containsAll: scalars.meta({ description: "An array, such as of tags, in which each of these stands" }),
    containsAny: scalars.meta({ description: "An array in which one of these stands" }),
  }),
).meta({
  id: "MetadataCondition",
  description: "A value of another type does not match; texts are ordered by their code points",
});
const METADATA_FIELD = new RegExp(`^metadata(\\.[^.\\u0000]{1,${VALUE_CHARS_MAX}}){1,${PATH_SEGMENTS_MAX}}$`);

/** What sources a search is narrowed to: of a request, and of a chatbot. Made from the fields that the corpora declare. */
export const Filter = z
  .object(Object.fromEntries(Object.entries(FIELDS).map(([name, field]) => [name, conditionOf(field)])))
  .partial()
  .catchall(MetadataCondition)
  .superRefine((filter, context) => {
    const keys = Object.keys(filter).filter((name) => !Object.hasOwn(FIELDS, name) && !METADATA_FIELD.test(name));
    if (keys.length > 0) context.addIssue({ code: "unrecognized_keys", keys, input: filter });
  })
  .refine((filter) => Object.keys(filter).length <= FIELDS_MAX, `at most ${FIELDS_MAX} fields`)
  .meta({
    id: "Filter",
    description: `Every field must hold; a corpus without the field has no match. \`productTree\` is a product with everything under it, \`chatbotId\` the documents that are assigned to a chatbot. \`${METADATA_PREFIX}region.code\` is \`code\` in \`region\` of the metadata.`,
    maxProperties: FIELDS_MAX,
    patternProperties: { [METADATA_FIELD.source]: { $ref: "#/$defs/MetadataCondition" } },
    additionalProperties: false,
  }) as unknown as z.ZodType<SourceFilter>;
