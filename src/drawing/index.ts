export { type Box, element, escapeXml, short, svgDocument, text } from "./svg.ts";
export { fitText, textWidth } from "./text-width.ts";
export { contrast, mixColors, seriesColor, type Theme, type ThemeName, themeNames, themeOf } from "./theme.ts";
