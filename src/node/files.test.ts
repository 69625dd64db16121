import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkOutputs, readBytes, readText, temporaryPath, thisProcess, writeFile } from "./files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const content = (name: string): string => readFileSync(at(name), "utf8");

/** Nothing is forbidden to root; Windows has other permissions. */
const mayAll = process.getuid === undefined || process.getuid() === 0;

describe("writeFile", () => {
  test("writes text or bytes, says whether a file was replaced, and leaves nothing else", async () => {
    expect(await writeFile(at("a"), "é\n")).toBe(false);
    expect(await writeFile(at("a"), Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe(true);
    expect([...readFileSync(at("a"))]).toEqual([2, 3]);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  test("two at once on one file: one of the two contents, whole", async () => {
    const texts = ["x", "y"].map((letter) => letter.repeat(300_000));
    await Promise.all(texts.map((text) => writeFile(at("a"), text)));
    expect(texts).toContain(content("a"));
  });

  test("fewer bytes written than there are, without an error from the system: the old file stays", async () => {
    writeFileSync(at("a"), "the old file");
    const handle = await open(at("a"));
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const short = vi.spyOn(prototype, "writeFile").mockImplementation(async function (this: FileHandle, bytes) {
      await this.write((bytes as Uint8Array).subarray(0, 5));
    });
    await expect(writeFile(at("a"), "the new file")).rejects.toThrow(
      `cannot write ${at("a")}: only 5 of 12 bytes were written; the old file is unchanged`,
    );
    short.mockRestore();
    expect([content("a"), readdirSync(folder)]).toEqual(["the old file", ["a"]]);
  });

  test("a name as long as names may be", async () => {
    await writeFile(at("n".repeat(255)), "long");
    expect(content("n".repeat(255))).toBe("long");
    await expect(writeFile(at("n".repeat(256)), "")).rejects.toThrow("the name is too long");
  });

  test.skipIf(process.platform === "win32")("follows links, keeps permissions", async () => {
    writeFileSync(at("real"), "old", { mode: 0o640 });
    symlinkSync("real", at("link"));
    expect(await writeFile(at("link"), "new")).toBe(true);
    expect([content("real"), readdirSync(folder)]).toEqual(["new", ["link", "real"]]);
    expect(statSync(at("real")).mode & 0o777).toBe(0o640);
  });

  test.skipIf(mayAll)("an error names the file, and the old one stays", async () => {
    mkdirSync(at("sub"));
    writeFileSync(at("sub/a"), "old");
    chmodSync(at("sub"), 0o555);
    await expect(writeFile(at("sub/a"), "new")).rejects.toThrow(
      `cannot write ${at("sub/a")}: permission denied; the old file is unchanged`,
    );
    expect(content("sub/a")).toBe("old");
  });
});

describe("what cannot be written is refused, by the check and by the writer", () => {
  const refuses = async (path: string, message: string): Promise<void> => {
    for (const attempt of [() => checkOutputs([path]), () => writeFile(path, "")])
      await expect(attempt()).rejects.toThrow(message); // one after the other: nobody listens to the second one meanwhile
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  };

  test("a missing folder, a folder, an empty name", async () => {
    await refuses(at("none/b"), `cannot write ${at("none/b")}: the folder ${at("none")} does not exist`);
    await refuses(folder, `cannot write ${folder}: it is a folder, expected a file name`);
    await refuses(at("new/"), "it is a folder, expected a file name");
    await refuses(" ", "cannot write to a file without a name");
    writeFileSync(at("a"), "");
    await refuses(at("a/b"), "a part of the path is not a folder");
  });

  test.skipIf(process.platform === "win32")("devices, pipes, links to nothing", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    symlinkSync("/dev/null", at("link"));
    for (const path of ["/dev/null", at("pipe"), at("link")])
      await refuses(path, `cannot write ${path}: it is a device or a pipe, expected a file name`);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    symlinkSync("nowhere", at("dangling"));
    await refuses(at("dangling"), "it is a link to a file that does not exist");
  });

  test.skipIf(mayAll)("a read-only file", async () => {
    writeFileSync(at("mine"), "", { mode: 0o444 });
    await refuses(at("mine"), `cannot write ${at("mine")}: permission denied`);
  });
});

describe("checkOutputs", () => {
  test("different files pass and nothing is left behind; outputs that were not asked for do not count", async () => {
    await checkOutputs([at("a.png"), undefined, at("b.png"), undefined]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("one file under two names is refused, also through a linked folder", async () => {
    symlinkSync(folder, at("here"));
    const file = at("a.png");
    await expect(checkOutputs([file, file])).rejects.toThrow(`cannot write ${file} twice; name a different file`);
    for (const isThere of [false, true]) {
      if (isThere) writeFileSync(file, "");
      for (const other of [`${folder}/./a.png`, `${folder}/here/a.png`])
        await expect(checkOutputs([file, other])).rejects.toThrow(`cannot write both ${file} and ${other}`);
    }
  });
});

describe("temporary files that a killed process left", () => {
  const [machine] = thisProcess.split("-");
  const temporary = (owner: string): string => basename(temporaryPath(folder)).replace(thisProcess, owner);
  const dead = (): string => {
    const script = "process.stdout.write(String(process.pid))";
    return `${machine}-${execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })}`;
  };
  const anHourAgo = Date.now() / 1000 - 3660;

  test("are removed by the next save; those of living processes and other programs are not", async () => {
    const gone = [temporary(dead()), temporary("elsewhere-1"), temporary(thisProcess)];
    const stay = [temporary(`${machine}-${process.ppid}`), temporary("elsewhere-2"), temporary(thisProcess)];
    const foreign = [".chainrule-notes.tmp", `x${temporary(dead())}`, "a.tmp"];
    for (const name of [...gone, ...stay, ...foreign]) writeFileSync(at(name), "");
    // Of other machines, and where the number has been given to another process, age decides.
    for (const name of [...gone.slice(1), ...foreign]) utimesSync(at(name), anHourAgo, anHourAgo);
    await writeFile(at("model"), "");
    expect(readdirSync(folder).sort()).toEqual([...stay, ...foreign, "model"].sort());
  });
});

describe("reading", () => {
  test("an error names the file", async () => {
    await expect(readBytes(at("none"))).rejects.toMatchObject({ code: "ENOENT", path: at("none") });
    await expect(readBytes(folder)).rejects.toMatchObject({ code: "EISDIR", path: folder });
  });

  test("text that no string can hold is refused before it is read", async () => {
    writeFileSync(at("a.csv"), "1,2");
    expect(await readText(at("a.csv"))).toBe("1,2");
    truncateSync(at("a.csv"), 600e6); // takes no space on the disk
    await expect(readText(at("a.csv"))).rejects.toThrow(
      `${at("a.csv")}: expected a file of at most 536870888 bytes, got 600000000`,
    );
  });
});
