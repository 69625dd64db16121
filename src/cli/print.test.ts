import { expect, test } from "vitest";
import { output } from "../../test/command.ts";
import { formatTable, type Io, io, print, printJson, remark, withIo } from "./print.ts";
import { megabytes, progressBar } from "./progress-bar.ts";

/** What `work` writes, by stream. */
function written(work: () => void, isTTY = false): { stdout: string; stderr: string } {
  const [stdout, stderr] = [output(), output()];
  stderr.stream.isTTY = isTTY;
  const call: Io = { stdout: stdout.stream, stderr: stderr.stream };
  withIo(call, work);
  return { stdout: stdout.text(), stderr: stderr.text() };
}

test("results go to stdout, remarks to stderr", () => {
  expect(written(() => print("a result"))).toEqual({ stdout: "a result\n", stderr: "" });
  expect(written(() => printJson({ a: [1] }))).toEqual({ stdout: '{\n  "a": [\n    1\n  ]\n}\n', stderr: "" });
  expect(written(() => remark("a remark"))).toEqual({ stdout: "", stderr: "a remark\n" });
  expect(io()).toBe(process);
});

test("a table: words to the left, numbers to the right, columns as wide as they need", () => {
  const table = formatTable(
    ["class", "images", "accuracy"],
    [
      ["ant", "5", ""],
      ["bumblebee", "1200", "-0.25"],
    ],
  );
  expect(table.split("\n")).toEqual([
    "class      images  accuracy",
    "─────────  ──────  ────────",
    "ant             5",
    "bumblebee    1200     -0.25",
  ]);
});

test("without a terminal, a line on stderr for each tenth, and none without a total", () => {
  const { stdout, stderr } = written(() => {
    const bar = progressBar("reading", (count) => `${count} MB`);
    bar.update(1, undefined);
    for (let done = 0; done <= 40; done++) bar.update(done, 40);
    bar.stop();
  });
  expect(stdout).toBe("");
  expect(stderr.trimEnd().split("\n")).toEqual(
    Array.from({ length: 10 }, (_, i) => `reading: ${4 * (i + 1)} MB of 40 MB`),
  );
});

test("on a terminal, a bar on stderr that lets Ctrl-C through and gives it back at the end", () => {
  const listeners = process.listenerCount("SIGINT");
  const { stdout, stderr } = written(() => {
    const bar = progressBar("reading", megabytes);
    bar.update(0, 4e6);
    bar.update(3e6, 4e6);
    expect(process.listenerCount("SIGINT")).toBe(listeners + 1);
    bar.stop();
  }, true);
  expect(process.listenerCount("SIGINT")).toBe(listeners);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/reading .* 0% \| 0\.0 MB of 4\.0 MB/);
});
