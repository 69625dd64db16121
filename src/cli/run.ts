#!/usr/bin/env node
import { main } from "./cli.ts";

// A reader that has seen enough (`| head`) is no error, and nobody is left to tell.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });

process.exitCode = await main(process.argv.slice(2), process);
