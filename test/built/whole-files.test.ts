/**
 * Full disks and kills: every file is the old one or the new one, whole. `npm test` tries a few, `npm run test:disk` 50 full
 * disks of each kind and 200 kills.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRng, parseSafetensors } from "../../src/index.ts";
import { writeFile } from "../../src/node/files.ts";
import { chainrule, emptyFolder } from "../command.ts";

const isLong = process.env.LONG !== undefined; // set by the project "disk" in vitest.config.ts
const [fullDisks, kills] = isLong ? [50, 200] : [2, 5];
const command = resolve("dist/cli/run.js");

/** A folder on a disk that, after `leave(bytes)`, is full when so many more have been written; and how a call comes to it. */
interface Disk {
  readonly folder: string;
  leave(bytes: number): void;
  call(args: readonly string[]): { status: number | null; stdout: string; stderr: string };
}

const environment = { ...process.env, CHAINRULE_DATA_DIR: "/nonexistent" };

/** The system lets no file grow beyond a limit: the write that reaches it is short, the next one fails. */
function limitedFiles(): Disk {
  const folder = emptyFolder();
  let blocks = 0;
  return {
    folder,
    leave: (bytes) => {
      blocks = Math.floor(bytes / 1024);
    },
    call: (args) =>
      spawnSync("bash", ["-c", `ulimit -f ${blocks}; exec "$@"`, "", process.execPath, command, ...args], {
        ...{ cwd: folder, env: environment, encoding: "utf8" },
      }),
  };
}

/** A memory file system with another file that takes all the space but a little. */
function memoryDisk(): Disk {
  const folder = emptyFolder();
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=40m", "tmpfs", folder]);
  if (status !== 0) throw new Error("expected to be allowed to mount a file system; run this as root");
  onTestFinished(() => void spawnSync("umount", [folder]));
  const filler = join(folder, "filler");
  return {
    folder,
    leave(bytes) {
      rmSync(filler, { force: true });
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail - Math.floor(bytes / bsize)) * bsize));
    },
    call: (args) =>
      spawnSync(process.execPath, [command, ...args], { cwd: folder, env: environment, encoding: "utf8" }),
  };
}

/** Calls that write one file each; those that read a model find it under this name. */
const model = "model.safetensors";
const calls: readonly (readonly [file: string, ...args: string[]])[] = [
  [model, "train", "--resume", "--checkpoint-file", model, "--epochs", "2"],
  ["graph.pdf", "graph", "f1", "--out", "graph.pdf"],
  ["fit.gif", "fit", "--steps", "20", "--animated-gif", "fit.gif"],
  ["confusion.png", "test", "--checkpoint-file", model, "--num-test", "50", "--plot-file", "confusion.png"],
  ["samples.svg", "data", "show", "--dataset", "shapes", "--plot-file", "samples.svg"],
  ["samples.json", "backprop", "--action", "save-outputs", "--data-file", "samples.json"],
];

async function trainModel(): Promise<Uint8Array> {
  const cwd = emptyFolder();
  const settings = ["--num-train", "100", "--num-val", "50", "--hidden-dim", "16", "--epochs", "1"];
  await chainrule(["train", "--dataset", "shapes", ...settings, "--checkpoint-file", model], { cwd });
  return readFileSync(join(cwd, model));
}

/** How large the file becomes where there is space. */
async function sizeOf(file: string, args: readonly string[], trained: Uint8Array): Promise<number> {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, model), trained);
  expect(await chainrule(args, { cwd })).toMatchObject({ status: 0 });
  return statSync(join(cwd, file)).size;
}

describe("a disk that is full before the file is whole", { timeout: 600_000 }, () => {
  const disks = { "by a limit on the size of files": limitedFiles, ...(isLong && { "by another file": memoryDisk }) };
  test.skipIf(process.platform === "win32").each(Object.entries(disks))("%s", async (_, createDisk) => {
    const disk = createDisk();
    const trained = await trainModel();
    const sizes = new Map<string, number>();
    const rng = createRng(442);
    for (let round = 0; round < fullDisks; round++) {
      const [file, ...args] = calls[round % calls.length]!;
      const path = join(disk.folder, file);
      for (const name of readdirSync(disk.folder)) rmSync(join(disk.folder, name));
      writeFileSync(join(disk.folder, model), trained);
      const size = sizes.get(file) ?? (await sizeOf(file, args, trained));
      sizes.set(file, size);
      if (file !== model) writeFileSync(path, "an older file");
      const before = contents(disk.folder);

      disk.leave(Math.floor(rng.uniform() * size));
      const { status, stderr } = disk.call(args);
      const reason = "(no space left on the device|larger than files may be here)";
      const line = new RegExp(`^chainrule: cannot write ${file}: ${reason}; the old file is unchanged$`);
      expect(stderr.trimEnd().split("\n").at(-1)).toMatch(line);
      expect(status).toBe(2);
      expect(contents(disk.folder)).toEqual(before);
    }
  });
});

test("kill -9 during saves leaves a whole file every time, and the next save clears up", {
  timeout: 600_000,
}, async () => {
  const folder = emptyFolder();
  const file = join(folder, model);
  const dist = resolve("dist");
  const saver = `
    import { formatSafetensors, zeros } from ${JSON.stringify(join(dist, "index.js"))};
    import { writeFile } from ${JSON.stringify(join(dist, "node/index.js"))};
    for (let i = 0; ; i++) {
      const w = zeros([500000]);
      w.data.fill(i);
      await writeFile(${JSON.stringify(file)}, formatSafetensors({ tensors: { w }, metadata: {} }));
      if (i === 0) console.log("saved");
    }`;
  const rng = createRng(442);
  let left = 0;
  // As many kills as asked, and more until one came during a save.
  for (let round = 0; round < kills || (left === 0 && round < 20 * kills); round++) {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", saver], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await new Promise((done) => setTimeout(done, 60 * rng.uniform()));
    child.kill("SIGKILL");
    await once(child, "exit");
    const { w } = parseSafetensors(readFileSync(file)).tensors;
    expect(w!.shape).toEqual([500000]);
    expect(new Set(w!.data).size).toBe(1); // one save, not two halves
    const names = readdirSync(folder);
    expect(names.length).toBeLessThanOrEqual(2); // those of earlier rounds are gone
    left += names.length - 1;
  }
  expect(left).toBeGreaterThan(0); // else no kill came during a save
  await writeFile(file, "");
  expect(readdirSync(folder)).toEqual([model]);
});

/** What the files in a folder hold, but for the one that fills the disk. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => name !== "filler");
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}
