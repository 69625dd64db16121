export default [
  ["svg.ts", "y + 0.36 * size", "y - 0.36 * size"],
  ["svg.ts", '.replaceAll("&", "&amp;")', ""],
  ["theme.ts", "index % theme.series.length", "index % (theme.series.length - 1)", "src/drawing src/plots"],
  ["theme.ts", "0.2126 * r! + 0.7152 * g!", "0.7152 * r! + 0.2126 * g!", "src/drawing src/plots"],
  ["text-width.ts", "bold ? 1.11 : 1", "1"],
];
