/** Side-by-side measurements against peers: `npm run bench -- --help`. */
import { cpus } from "node:os";
import { Command, Option } from "commander";
import { formatTable } from "./table.js";

const machine = {
  cpu: cpus()[0]?.model.trim(),
  cores: cpus().length,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
};
const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
const wholeNumber = (text) => {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`expected a whole number >= 1, got ${text}`);
  return Number(text);
};
const kernelsOption = () =>
  new Option("--kernels <name>", "only ours, with these kernels").choices(["blas", "wasm", "loops"]);
const threadsOption = () => new Option("--threads <n>", "threads (default: one per core)").argParser(wholeNumber);
const jsonOption = () => new Option("--json", "print one JSON object");

const program = new Command("bench").description(
  "Measures in turn within one run; medians and ratios are what counts. Peers are measured where they are installed:\n" +
    "TF.js, jax-js and a newer Node by `npm install` in bench/, NumPy and PyTorch from the system's python3.",
);

program
  .command("prepare <dataDir>")
  .description("write the fixed inputs of the step benchmark")
  .option("--cifar <dir>", "folder with data_batch_1.bin (default: made-up images)")
  .action(async (dataDir, { cifar }) => {
    const { prepare } = await import("./prepare.js");
    prepare(cifar, dataDir);
  });

program
  .command("step")
  .description("one training step of 3072-H-10, batch 128: gather, forward, loss, backward, update")
  .requiredOption("--data-dir <dir>", "inputs from `prepare`")
  .addOption(new Option("--job <name>", "A: H=512, B: H=128").choices(["A", "B"]).default("A"))
  .addOption(kernelsOption())
  .addOption(threadsOption())
  .addOption(new Option("--steps <n>", "steps per program, the first 20 untimed").argParser(wholeNumber).default(140))
  .addOption(jsonOption())
  .action(async ({ json, ...options }) => {
    const { benchStep } = await import("./step.js");
    const results = await benchStep({ ...options, onRound: (done) => progress(`${done} steps`) });
    progress("");
    const reference = results.find(({ name }) => name.startsWith("NumPy tuned"));
    if (json) {
      const [first] = results;
      print({ machine, job: options.job, ...(options.kernels ? first : { results }) });
      return;
    }
    table(
      [
        "program",
        "median ms",
        "p90 ms",
        "min ms",
        ...(reference ? ["/ NumPy tuned"] : []),
        "loss 1",
        "loss 10",
        "loss 120",
        "MB",
      ],
      results.map((r) => [
        ...[r.name, r.medianMs.toFixed(2), r.p90Ms.toFixed(2), r.minMs.toFixed(2)],
        ...(reference ? [(r.medianMs / reference.medianMs).toFixed(2)] : []),
        ...[r.loss1, r.loss10, r.loss120].map((loss) => loss?.toFixed(6) ?? ""),
        String(r.residentMb),
      ]),
    );
  });

await program.parseAsync();

function print(value) {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function table(header, rows) {
  process.stdout.write(
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n\n${formatTable(header, rows)}\n`,
  );
}
