/** Aborts the work at the first Ctrl-C or SIGTERM, with the exit code as the reason; a second one ends the process at once. */
export async function interruptible(work: (interrupt: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const listeners = new Map(
    Object.entries({ SIGINT: 130, SIGTERM: 143 }).map(([name, code]) => [
      name,
      (): void => {
        if (controller.signal.aborted) process.exit(code);
        controller.abort(code);
      },
    ]),
  );
  for (const [name, listener] of listeners) process.on(name, listener);
  try {
    await work(controller.signal);
  } finally {
    for (const [name, listener] of listeners) process.off(name, listener);
  }
}
