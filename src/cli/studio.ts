/** `chainrule studio`: serves the page to a browser on this machine, until Ctrl-C. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { serveStudio } from "../node/studio-server.ts";
import { examples } from "./options.ts";
import { print, remark } from "./print.ts";

interface Options {
  readonly port: number;
  readonly open: boolean;
  readonly dataDir?: string;
}

export function command(): Command {
  return new Command("studio")
    .description(
      "Opens the studio, a page in which backpropagation happens in front of you: on graphs, on points, on images. It is " +
        "served to this machine only; everything is computed in the browser. Ctrl-C ends it.",
    )
    .option("--port <n>", "port to listen on (default: one that is free)", readPort, 0)
    .option("--no-open", "do not open a browser, only print the address")
    .option("--data-dir <folder>", "a dataset, or a folder of datasets, that the Train room may use")
    .addHelpText(
      "after",
      examples(
        ["chainrule studio", "open the page"],
        ["chainrule studio --data-dir photos-dataset --no-open", "with images from `chainrule data import`"],
      ),
    )
    .action(run);
}

async function run({ port, open, dataDir }: Options): Promise<void> {
  const { server, url } = await serveStudio({ folder: pageFolder(), port, dataDir });
  print(url);
  if (open) openBrowser(url);
  remark("studio: Ctrl-C ends it");
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  await once(server, "close");
  process.off("SIGINT", stop).off("SIGTERM", stop);
}

/** `dist/studio`, from `dist/` or any folder in it; from the sources, the same. */
function pageFolder(): string {
  const here = fileURLToPath(import.meta.url);
  const [, root = ""] = /^(.*[\\/])(?:dist|src)[\\/]/.exec(here) ?? [];
  return `${root}dist/studio`;
}

function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(program!, args, { stdio: "ignore", detached: true });
  child.on("error", () => remark(`studio: no browser could be opened (${program}); open ${url} yourself`));
  child.unref();
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError(`expected a port from 0 to 65535, got "${text.slice(0, 40)}".`);
}
