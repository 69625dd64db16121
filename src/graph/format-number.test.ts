import { expect, test } from "vitest";
import { formatConstant, formatNumber } from "./format-number.ts";
import { graph } from "./graph.ts";

test.each([
  [3, 3, "3"],
  [3.004, 3, "3.00"], // zeros say that digits were cut off
  [3.004, 4, "3.004"],
  [-3.0004, 4, "-3.000"],
  [0.5, 3, "0.5"],
  [0.50004, 3, "0.500"],
  [0.1 + 0.2, 3, "0.3"],
  [0.1 + 0.2, 17, "0.30000000000000004"],
  [1 / 3, 3, "0.333"],
  [12345, 3, "12345"],
  [12345.6, 3, "12346"],
  [1234567, 3, "1.23e6"],
  [1e6, 3, "1e6"],
  [-1.0004e-7, 3, "-1.00e-7"],
  [-1e-7, 3, "-1e-7"],
  [-0.00004, 3, "-4e-5"],
  [0, 3, "0"],
  [-0, 3, "0"],
  ["none", 3, "none"],
  [Number.NEGATIVE_INFINITY, 3, "-Infinity"],
] as const)("%d with %i digits is %s", (value, digits, text) => {
  expect(formatNumber(value, digits)).toBe(text);
});

test("π is π, wherever a fixed number is shown, and other numbers have the digits that were asked for", () => {
  expect([Math.PI, -Math.PI, 2 * Math.PI].map((k) => formatConstant(k, 3))).toEqual(["π", "-π", "6.28"]);
  const g = graph("a = pi * x; b = a - pi; c = b + 0.123456; L = (c ^ pi) * (pi / y) ^ -0.98765");
  g.forward({ x: 3, y: 2 });
  g.backward();
  expect(String(g)).toBe(
    "a = pi * x; b = a - pi; c = b + 0.123456; a1 = c ^ pi; a2 = pi / y; a3 = a2 ^ -0.98765; L = a1 * a3",
  );
  const lines = g.steps({ digits: 2 }).map(({ text }) => text);
  expect(lines.slice(0, 5)).toEqual([
    "a = π × x = 3.1 × 3 = 9.4",
    "b = a - π = 9.4 - 3.1 = 6.3",
    "c = b + 0.12 = 6.3 + 0.12 = 6.4",
    "a1 = c ^ π = 6.4 ^ 3.1 = 342",
    "a2 = π / y = 3.1 / 2 = 1.6",
  ]);
  expect(lines.join("\n")).not.toMatch(/\d\.\d{5}/);
  const texts = [...g.toSvg({ digits: 2 }).matchAll(/>([^<>]+)<\/text>/g)].map(([, text]) => text!);
  expect(texts).toEqual(expect.arrayContaining(["×π", "−π", "+0.12", "^π", "π", "^−0.99"]));
  expect(texts.join(" ")).not.toMatch(/\d\.\d{5}/);
  expect(g.toDot({ digits: 2 })).toContain("label=<×π>");
  expect(g.toSource("latex")).toContain("a &= \\pi \\cdot x");
  expect(graph(String(g)).structure).toEqual(g.structure);
});
