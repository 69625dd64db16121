/** The page around a report: one file that needs nothing else, on a screen and on paper. */
import { escapeHtml } from "./html.ts";

const style = `
@page { size: A4; margin: 18mm 17mm 20mm; @bottom-center { content: counter(page); font: 9pt "DejaVu Sans", sans-serif; color: #59636e; } }
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { max-width: 176mm; margin: 2rem auto; padding: 0 1rem; color: #1f2328; background: #fff;
  font: 11pt/1.5 "Charter", "Bitstream Charter", "DejaVu Serif", Georgia, serif; overflow-wrap: break-word; }
h1, h2, h3, h4, th, figcaption, nav, .missing, .facts { font-family: "DejaVu Sans", Verdana, sans-serif; }
h1 { font-size: 1.7em; line-height: 1.2; }
h2 { font-size: 1.3em; border-bottom: 1px solid #8c959f; padding-bottom: .2em; margin-top: 2em; }
h3 { font-size: 1.05em; margin-top: 1.6em; }
h2, h3, h4 { break-after: avoid; line-height: 1.25; }
p, li { orphans: 3; widows: 3; }
p:has(+ ul) { break-after: avoid; }
a { color: #0b4f8a; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; text-decoration-color: #9db8d2; }
nav ol { list-style: none; padding: 0; } nav a { text-decoration: none; }
figure { margin: 1.4em 0; break-inside: avoid; }
figure svg, figure img, .text img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption { font-size: .74em; line-height: 1.45; margin-top: .6em; color: #3a424b; }
figure.listing { break-inside: auto; } figure.listing figcaption { break-before: avoid; }
pre { font: .7em/1.4 "DejaVu Sans Mono", monospace; background: #f5f7f9; border: 1px solid #e1e5e9; padding: .8em 1em; margin: 0;
  white-space: pre-wrap; overflow-wrap: anywhere; orphans: 5; widows: 5; }
code { font: .85em "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: .8em; min-width: 50%; }
th { text-align: left; font-weight: 600; } thead th { border-bottom: 1.5px solid #4a5058; }
th, td { padding: .25em .9em .25em 0; vertical-align: top; border-bottom: 1px solid #e7eaee; font-variant-numeric: tabular-nums; }
td b { font: 600 1em "DejaVu Sans", Verdana, sans-serif; padding-left: 1.5em; }
figure.table { overflow-x: auto; }
.missing { border: 1.5px dashed #b3261e; padding: .7em 1em; font-size: .82em; break-inside: avoid; }
.facts dl { columns: 2; column-gap: 2em; font-size: .64em; line-height: 1.35; margin: .6em 0 1.6em; }
.facts dl > div { break-inside: avoid; border-bottom: 1px solid #eef0f2; padding: .1em 0; }
.facts dt { display: inline; color: #59636e; } .facts dd { display: inline; margin: 0; overflow-wrap: anywhere; }
.facts dl > div:target, figure:target { background: #fff3c4; }
section.last { break-before: page; }
section.appendix { break-before: page; }
@media print {
  body { max-width: none; margin: 0; padding: 0; font-size: 10pt; }
  figure svg { max-height: 215mm; }
  figure.table { overflow: visible; }
  .text a[href^="http"]::after { content: " (" attr(href) ")"; font-size: .85em; }
  .facts dl > div:target, figure:target { background: none; }
}
`;

export interface PageSection {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  /** of the `<section>`, such as `appendix` */
  readonly className?: string;
}

/** @param head - HTML below the title */
export function pageHtml(title: string, head: string, sections: readonly PageSection[]): string {
  const contents = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  const parts = sections.map(
    ({ id, title, html, className = "part" }) =>
      `<section class="${className}">\n<h2 id="${id}">${escapeHtml(title)}</h2>\n${html}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${head}
<nav aria-label="Contents"><ol>
${contents.join("\n")}
</ol></nav>
<main>
${parts.join("\n")}
</main>
</body>
</html>
`;
}
