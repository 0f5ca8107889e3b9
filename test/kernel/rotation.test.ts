import { expect, test } from "vitest";
import { rotate } from "../../functions/kernel/ai/rotation.ts";

const vector = (seed: number) => {
  const values = Array.from({ length: 1024 }, (_, i) => (i % 7 === seed % 7 ? Math.sin(seed * (i + 1)) : 0));
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};
const product = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test("a rotation keeps lengths and what two vectors have in common", () => {
  const [a, b] = [vector(3), vector(10)];
  expect(Math.hypot(...rotate(a))).toBeCloseTo(1, 12);
  expect(product(rotate(a), rotate(b))).toBeCloseTo(product(a, b), 12);
});

test("it is the same for ever: stored vectors were turned by it", () => {
  const turned = rotate(vector(1));
  expect([turned[0], turned[1], turned[1023]].map((value) => value!.toFixed(6))).toMatchInlineSnapshot(`
    [
      "0.006901",
      "-0.003382",
      "-0.019102",
    ]
  `);
});

test("it leaves no coordinate empty that the vector does not use", () => {
  const used = (values: number[]) => values.filter((value) => Math.abs(value) > 1e-6).length;
  expect(used(vector(1))).toBeLessThan(150);
  expect(used(rotate(vector(1)))).toBeGreaterThan(1_000);
});
