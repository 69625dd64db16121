/** What a run may be besides a training: its `run.json` says so under "kind". */
export const keptKinds = ["graph", "fit", "compare"] as const;
export type KeptKind = (typeof keptKinds)[number];

/** The kind that the text of a `run.json` states; undefined for a training, and for text that is broken. */
export function kindOf(text: string): KeptKind | undefined {
  try {
    const kind: unknown = JSON.parse(text)?.kind;
    return keptKinds.find((known) => known === kind);
  } catch {
    return undefined;
  }
}
