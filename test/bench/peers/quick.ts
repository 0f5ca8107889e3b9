import type { Collection } from "./beir.ts";

const THINGS = ["kettle", "toaster", "blender", "heater", "vacuum cleaner", "coffee grinder", "humidifier", "iron"];
const PARTS = ["filter", "lid", "cord", "switch", "seal", "motor", "thermostat", "handle"];
const SAYINGS = [
  "is cleaned with warm water and a soft cloth, never with bleach",
  "is covered by the warranty for two years from the day of purchase",
  "may be replaced by the owner with a screwdriver",
  "must be checked by a technician when it smells of burning",
];
const QUESTIONS = [
  "How do I clean the",
  "How long is the warranty on the",
  "Can I replace the",
  "Burning smell from the",
];

/** A generated collection, to see within a minute that everything runs; its figures say nothing about anyone's quality. */
export function quickCollection(): Collection {
  const all = THINGS.flatMap((thing) =>
    PARTS.flatMap((part) => SAYINGS.map((saying, topic) => ({ thing, part, saying, topic }))),
  );
  const idOf = ({ thing, part, topic }: { thing: string; part: string; topic: number }) =>
    `quick/${thing}-${part}-${topic}`;
  return {
    name: "quick",
    texts: all.map((one) => ({
      id: idOf(one),
      title: `Manual of the ${one.thing}`,
      text: `The ${one.part} of the ${one.thing} ${one.saying}.`,
    })),
    questions: all
      .filter((_, i) => i % 5 === 0)
      .map((one) => ({
        id: idOf(one),
        text: `${QUESTIONS[one.topic]} ${one.part} of my ${one.thing}`,
        judged: new Map([[idOf(one), 1]]),
      })),
  };
}
