/** A report on the homework as one HTML page: every number in it comes from a run folder and links to it. */

import { type Origin, originHere } from "../machine.ts";
import { isUserMistake, oneLine } from "../user-mistake.ts";
import { compareSection, fitSection } from "./fitting-section.ts";
import { graphSection } from "./graph-section.ts";
import { escapeHtml, missingNote, Numbering } from "./html.ts";
import type { Texts } from "./markdown.ts";
import { networkSection } from "./network-section.ts";
import { type PageSection, pageHtml } from "./page.ts";
import type { MissingName, ReportParts, TrainedName } from "./parts.ts";
import { Sources } from "./sources.ts";

export interface Report {
  readonly html: string;
  /** What is missing in it, and the command that makes it. */
  readonly missing: readonly { readonly what: string; readonly command: string }[];
}

export async function writeReport({ kept, trained, missing }: ReportParts, texts: Texts, date: Date): Promise<Report> {
  const [sources, numbers] = [new Sources(), new Numbering()];
  const named: { what: string; command: string }[] = [];
  const note = (what: string, args: readonly string[]): string => {
    const command = commandLine(args);
    named.push({ what, command });
    return missingNote(what, command);
  };
  const missed = (name: MissingName): string =>
    missing
      .filter((part) => part.name === name)
      .map(({ what, args }) => note(what, args))
      .join("\n");
  /** A part whose files cannot be read is missing too, and nothing of it is shown. */
  const part = async (
    name: MissingName,
    run: string,
    write: (() => Promise<string>) | undefined,
    args: readonly string[],
  ): Promise<string> => {
    try {
      return write ? await write() : missed(name);
    } catch (error) {
      if (!isUserMistake(error)) throw error;
      return note(`what ${run} showed (${oneLine(error)})`, args);
    }
  };
  const keptPart = (
    kind: "graph" | "fit" | "compare",
    section: typeof graphSection,
    args: readonly string[],
  ): Promise<string> => {
    const found = kept[kind];
    return part(kind, found?.record.name ?? kind, found && (() => section(found, sources, numbers)), args);
  };
  const network = (name: TrainedName): Promise<string> => {
    const found = trained[name];
    const args = ["train", "--preset", name];
    return part(
      name as MissingName,
      found?.run.record.name ?? name,
      found && (() => networkSection(name, found, sources, numbers)),
      args,
    );
  };
  const text = (name: keyof Texts["parts"]): string =>
    texts.parts[name] === undefined ? "" : `<div class="text">\n${texts.parts[name]}</div>`;

  const graph = [
    text("graph"),
    await keptPart("graph", graphSection, ["graph", "EXPRESSION", "--at", "x=1", "--keep"]),
  ];
  const fitting = [
    ...[
      text("fitting"),
      "<h3>The best fit by gradient descent</h3>",
      await keptPart("fit", fitSection, ["fit", "run", "--keep"]),
    ],
    ...[
      "<h3>Gradient descent against RANSAC</h3>",
      await keptPart("compare", compareSection, ["fit", "compare", "--keep"]),
    ],
  ];
  const networks = [
    ...[text("networks"), "<h3>The two-layer network</h3>", await network("tuned"), missed("tuned test")],
    ...["<h3>A network that overfits</h3>", await network("overfit")],
  ];
  const extras = [
    text("extras"),
    ...(trained.deep ? ["<h3>A deeper network</h3>", await network("deep"), missed("deep test")] : []),
  ].filter(Boolean);
  const appendix = `<p>All that <code>run.json</code> says of each run, and <code>test.json</code> below <code>test</code>. The numbers above link here.</p>\n${sources.all.map((source) => source.toHtml()).join("\n")}`;
  const numbered = [
    { id: "graphs", title: "Computational graphs", html: graph.filter(Boolean).join("\n") },
    { id: "fitting", title: "Fitting an affine transform", html: fitting.filter(Boolean).join("\n") },
    { id: "networks", title: "Networks", html: networks.filter(Boolean).join("\n") },
    ...(extras.length > 0 ? [{ id: "extras", title: "Extras", html: extras.join("\n") }] : []),
    ...(texts.parts.conclusion ? [{ id: "conclusion", title: "Conclusion", html: text("conclusion") }] : []),
  ].map((section, i): PageSection => ({ ...section, title: `${i + 1} ${section.title}` }));
  const sections: PageSection[] = [
    ...numbered,
    { id: "runs", title: "Appendix: runs", html: appendix, className: "appendix facts" },
    { id: "machines", title: "Versions and machines", html: machines(sources, date), className: "last" },
  ];
  return {
    html: pageHtml(texts.title ?? "Backpropagation: graphs, fits and networks", text("introduction"), sections),
    missing: named,
  };
}

/** As it is typed into a shell. */
export function commandLine(args: readonly string[]): string {
  return ["chainrule", ...args]
    .map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

/** Runs that were made by the same versions on the same machine, in a row each. */
function machines({ all }: Sources, date: Date): string {
  const rows = new Map<string, string[]>();
  for (const source of all) {
    const kernels = source.value("kernels");
    for (const [path, what] of [
      ["", source.label],
      ["test.", `${source.label} (test)`],
    ] as const) {
      const [versions, machine] = [source.value(`${path}versions`), source.value(`${path}machine`)];
      if (!versions || !machine) continue;
      const cells = describe({ versions, machine } as Origin, path === "" ? kernels : source.value("test.kernels"));
      rows.set(cells, [...(rows.get(cells) ?? []), what]);
    }
  }
  const list = [...rows].map(([cells, labels]) => `<tr><th scope="row">${labels.join(", ")}</th>${cells}</tr>`);
  list.push(
    `<tr><th scope="row">this report, ${date.toISOString().slice(0, 10)}</th>${describe(originHere(), undefined)}</tr>`,
  );
  const head = ["", "chainrule", "Node", "kernels", "machine"].map((cell) => `<th scope="col">${cell}</th>`).join("");
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${list.join("\n")}\n</tbody></table>`;
}

function describe({ versions, machine }: Origin, kernels: unknown): string {
  const cells = [
    versions.chainrule,
    versions.node,
    kernels ?? "none",
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}`,
  ];
  return cells.map((cell) => `<td>${escapeHtml(String(cell))}</td>`).join("");
}
