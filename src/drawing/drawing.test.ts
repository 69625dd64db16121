import { createRequire } from "node:module";
import PDFDocument from "pdfkit";
import { expect, test } from "vitest";
import { element, fitText, svgDocument, text, textWidth } from "./index.ts";

const require = createRequire(import.meta.url);
const font = (name: string) =>
  new PDFDocument().font(require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)).fontSize(1000);

test("widths are those of the font: ASCII and the signs of graphs and axes; accented letters as their base", () => {
  const { ascii, signs } = {
    ascii: Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)),
    signs: "−×÷√Σσ·…–⁻⁰¹²⁹éÄñ",
  };
  const regular = font("DejaVuSans");
  for (const character of [...ascii, ...signs])
    expect(textWidth(character, 1000), character).toBe(Math.round(regular.widthOfString(character)));
});

test("other letters are taken for at least as wide as they are; bold lines come within 3 percent", () => {
  const regular = font("DejaVuSans");
  for (const word of ["Δθ", "αβγω", "кошка", "собака", "Ψ"])
    expect(textWidth(word, 1000)).toBeGreaterThanOrEqual(regular.widthOfString(word));
  const title = "Accuracy 62.7% on 10,363 examples";
  expect(textWidth(title, 1000, true) / font("DejaVuSans-Bold").widthOfString(title)).toBeCloseTo(1, 1);
});

test("text that is too long ends in …, as long as there is room", () => {
  expect(fitText("airplane", 100)).toBe("airplane");
  expect(fitText("airplane", 40)).toBe("airpl…");
  expect(textWidth("airpl…")).toBeLessThanOrEqual(40);
  expect(textWidth("airpla…")).toBeGreaterThan(40);
  expect(fitText("airplane", 0)).toBe("a…");
});

test("elements: numbers to a hundredth, text escaped, no attribute without a value", () => {
  expect(element("path", { d: "M0 0", "stroke-width": 1.23456, fill: undefined })).toBe(
    '<path d="M0 0" stroke-width="1.23"/>',
  );
  expect(element("a", { label: '"<&>"', x: -0.001 }, "b", "c")).toBe(
    '<a label="&quot;&lt;&amp;&gt;&quot;" x="0">bc</a>',
  );
  expect(text("a < b\u0000", 10, 20, { size: 10, rotate: 90 })).toBe(
    '<text x="10" y="23.6" font-size="10" transform="rotate(90 10 20)">a &lt; b\uFFFD</text>',
  );
  expect(() => element("path", { x: Number.NaN })).toThrow("expected a finite number to draw, got NaN");
});

test("a document has its size, a name for screen readers, and a ground unless it is to be transparent", () => {
  const size = { width: 3, height: 2, label: "dots" };
  expect(svgDocument({ ...size, background: "#fff" }, "<g/>")).toMatchInlineSnapshot(`
    "<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2" viewBox="0 0 3 2" font-family="DejaVu Sans, Verdana, sans-serif" role="img" aria-label="dots"><rect width="3" height="2" fill="#fff"/>
    <g/>
    </svg>"
  `);
  expect(svgDocument(size)).not.toContain("<rect");
});
