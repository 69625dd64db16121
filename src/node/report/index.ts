export { readTexts, type Texts, textNames } from "./markdown.ts";
export { findParts, type Missing, type ReportParts } from "./parts.ts";
export { commandLine, type Report, writeReport } from "./report.ts";
