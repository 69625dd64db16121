/** A process and the processes it starts: how much memory they use together, and how to end them all. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Whether {@link groupMemory} works here. */
export const watchesMemory: boolean = process.platform !== "win32";

/** @returns bytes of main memory that the group of a process uses, buffers included */
export function groupMemory(leader: number): number {
  const kilobytes = process.platform === "linux" ? fromProc(leader) : fromPs(leader);
  return 1024 * kilobytes.reduce((a, b) => a + b, 0);
}

function fromProc(leader: number): number[] {
  const members = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const [, , group] = readProc(`${name}/stat`)
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(group) === leader;
  });
  return members.map((name) => Number(/^VmRSS:\s*(\d+)/m.exec(readProc(`${name}/status`))?.[1] ?? 0));
}

/** A process may end while we read about it. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, "latin1");
  } catch {
    return "";
  }
}

function fromPs(leader: number): number[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pgid=,rss="], { encoding: "utf8" });
  return [...stdout.matchAll(/(\d+)\s+(\d+)/g)].flatMap(([, group, rss]) =>
    Number(group) === leader ? [Number(rss)] : [],
  );
}

/** Ends a process that was started as the leader of its group, and all that it started. */
export function killGroup(leader: number): void {
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(leader), "/t", "/f"], { stdio: "ignore" });
    return;
  }
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // all of them have ended
  }
}
