/** `import formulas from "./formulas.tex"`: TeX becomes MathML when the page is built, so the page ships none of KaTeX. */
import katex from "katex";
import type { Plugin } from "vite";

/** `% name` starts an entry; each line up to the next one is a formula in TeX. */
export function parseFormulas(text: string): Record<string, string[]> {
  const [, ...sections] = `\n${text}`.split(/\n% /);
  return Object.fromEntries(
    sections.map((section) => {
      const [name = "", ...lines] = section.split("\n");
      return [name.trim(), lines.filter((line) => line.trim() !== "")];
    }),
  );
}

export function toMathMl(tex: string): string {
  const html = katex.renderToString(tex, { output: "mathml", displayMode: true, strict: "error" });
  const [math = ""] = /<math.*<\/math>/s.exec(html) ?? [];
  return math.replace(/<annotation.*<\/annotation>/s, "");
}

export function formulasPlugin(): Plugin {
  return {
    name: "formulas",
    transform(text, id) {
      if (!id.endsWith(".tex")) return undefined;
      const formulas = Object.entries(parseFormulas(text)).map(([name, lines]) => [name, lines.map(toMathMl).join("")]);
      return { code: `export default ${JSON.stringify(Object.fromEntries(formulas))};`, map: null };
    },
  };
}
