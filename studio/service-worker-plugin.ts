/** Builds `service-worker.ts` as `sw.js` beside the page, with the list of all built files in it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Plugin } from "vite";

export function serviceWorkerPlugin(root: string): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    buildStart() {
      this.emitFile({ type: "chunk", id: join(root, "service-worker.ts"), fileName: "sw.js" });
    },
    generateBundle(_, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("service-worker: expected sw.js among the built files");
      const files = new Map<string, string | Uint8Array>();
      for (const name of publicFiles(join(root, "public"))) files.set(name, readFileSync(join(root, "public", name)));
      for (const file of Object.values(bundle))
        if (file !== worker) files.set(file.fileName, file.type === "chunk" ? file.code : file.source);
      const names = [...files.keys()].sort();
      const hash = createHash("sha256");
      for (const name of names) hash.update(name).update("\0").update(files.get(name)!);
      const built = { files: names, version: hash.digest("hex").slice(0, 16) };
      worker.code = worker.code.replace("__BUILT__", () => JSON.stringify(built));
    },
  };
}

/** Paths from `folder`, with slashes everywhere. */
function publicFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/"));
}
