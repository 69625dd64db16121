/** Which line of generated code a move is: the forward lines follow each other, and so do the backward ones. */
import type { Graph } from "../../../src/graph/graph.ts";
import type { SourceLanguage } from "../../../src/graph/index.ts";

export interface Source {
  readonly lines: readonly string[];
  /** The line of each move. */
  readonly lineOf: readonly number[];
}

export function sourceOf(graph: Graph, language: SourceLanguage, moves: number, forwardCount: number): Source {
  const lines = graph.toSource(language).trimEnd().split("\n");
  const after = (comment: RegExp): number => lines.findIndex((line) => comment.test(line)) + 1;
  // LaTeX has no comments: its lines follow \begin{align*} without a gap.
  const forward = language === "latex" ? 1 : after(/^\s*(#|\/\/) forward/);
  const backward = language === "latex" ? 1 + forwardCount : after(/^\s*(#|\/\/) backward/);
  const lineOf = Array.from({ length: moves }, (_, i) =>
    i < forwardCount ? forward + i : backward + i - forwardCount,
  );
  return { lines, lineOf };
}
