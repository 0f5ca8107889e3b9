import { malformed } from "./errors.ts";

/** What is wrong with the value at that path, each complaint in the words of Bedrock's validator. */
type Check = (value: unknown, path: string) => string[];
type Checks = Record<string, Check>;

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "JSONArray";
  if (value === null) return "Null";
  const name = typeof value;
  return name === "object" ? "JSONObject" : name[0]!.toUpperCase() + name.slice(1);
}

export const text =
  (charsMax = Infinity): Check =>
  (value, path) => {
    if (typeof value !== "string") return [`${path}: expected type: String, found: ${typeName(value)}`];
    const length = [...value].length;
    return length > charsMax ? [`${path}: expected maxLength: ${charsMax}, actual: ${length}`] : [];
  };

export const oneOf =
  (...allowed: unknown[]): Check =>
  (value, path) =>
    allowed.includes(value) ? [] : [`${path}: ${value} is not a valid enum value`];

export const integerFrom =
  (min: number): Check =>
  (value, path) => {
    if (!Number.isInteger(value)) return [`${path}: expected type: Integer, found: ${typeName(value)}`];
    return (value as number) < min ? [`${path}: ${value} is not greater or equal to ${min}`] : [];
  };

export const list =
  (item: Check, itemsMin: number, itemsMax: number): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return [`${path}: expected type: JSONArray, found: ${typeName(value)}`];
    if (value.length < itemsMin) return [`${path}: expected minimum item count: ${itemsMin}, found: ${value.length}`];
    if (value.length > itemsMax) return [`${path}: expected maximum item count: ${itemsMax}, found: ${value.length}`];
    return value.flatMap((each, i) => item(each, `${path}/${i}`));
  };

/** Refuses a body with everything that is wrong with it, strung together as Bedrock does. */
export function checkBody(body: Record<string, unknown>, required: Checks, optional: Checks): void {
  const checks: Checks = { ...required, ...optional };
  const wrong = [
    ...Object.keys(required).flatMap((key) => (key in body ? [] : [`#: required key [${key}] not found`])),
    ...Object.entries(body).flatMap(
      ([key, value]) => checks[key]?.(value, `#/${key}`) ?? [`#: extraneous key [${key}] is not permitted`],
    ),
  ];
  if (wrong.length > 0) throw malformed(wrong.join(""));
}
