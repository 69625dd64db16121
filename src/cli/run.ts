#!/usr/bin/env node
import { writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { Writable } from "node:stream";
import { systemReason } from "../node/user-mistake.ts";
import { main } from "./cli.ts";
import type { Io } from "./print.ts";

/** Node's own stream to a file ignores that a nearly full disk takes only part of a write; this one writes the rest or fails. */
const toFile = new Writable({
  write(bytes, _, done) {
    try {
      writeFileSync(1, bytes);
      done();
    } catch (error) {
      done(error as Error);
    }
  },
});
const { stdout, stderr } = process;
const io: Io = { stdout: stdout instanceof Socket ? stdout : toFile, stderr };

for (const stream of [io.stdout, stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no error, and nobody is left to tell.
    if (error.code === "EPIPE") process.exit(io.exitCode ?? 0);
    if (stream !== stderr)
      stderr.write(`chainrule: cannot write to the standard output: ${systemReason(error) ?? error.message}\n`);
    process.exit(2);
  });

process.exitCode = await main(process.argv.slice(2), io);
