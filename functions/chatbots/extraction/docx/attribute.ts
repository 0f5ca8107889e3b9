export type Attributes = Readonly<Record<string, string>>;

/** An attribute by its name without prefix: Word writes `w:val`, other programs choose other prefixes. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  const usual = attributes[`w:${name}`] ?? attributes[name];
  if (usual !== undefined) return usual;
  for (const key in attributes) if (key.endsWith(name) && key.at(-name.length - 1) === ":") return attributes[key];
  return undefined;
}

/** A switch such as `<w:vanish/>`: on, unless its value says otherwise. */
export function isOn(attributes: Attributes): boolean {
  return !/^(?:0|false|off)$/.test(attribute(attributes, "val") ?? "");
}

/** A whole number between bounds; null for what is none. */
export function wholeNumber(text: string | undefined, min: number, max: number): number | null {
  const number = Number.parseInt(text ?? "", 10);
  return Number.isNaN(number) ? null : Math.min(max, Math.max(min, number));
}
