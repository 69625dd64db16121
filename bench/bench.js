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
  .description(
    "one training step of 3072-H-10, batch 128, as `chainrule train` takes it: batches gathered from bytes, forward, loss " +
      "with penalty, backward, update with momentum 0.9; and, for comparison with earlier figures, the same with plain SGD",
  )
  .requiredOption("--data-dir <dir>", "inputs from `prepare`")
  .addOption(
    new Option(
      "--job <name>",
      "A: H=512, B: H=128; C: 3072-1024-1024-10 with batch norm and dropout, batch 256, D: the same from 600 inputs",
    )
      .choices(["A", "B", "C", "D"])
      .default("A"),
  )
  .addOption(new Option("--optimizer <name>", "of jobs C and D").choices(["nesterov", "adamw"]).default("nesterov"))
  .option(
    "--dropout <x>",
    "of jobs C and D; programs drop different units, so their losses agree only at 0",
    Number,
    0.3,
  )
  .option("--only <names...>", "only programs whose names contain one of these, for instance 'NumPy tuned, 2'")
  .addOption(kernelsOption())
  .addOption(threadsOption())
  .addOption(
    new Option("--steps <n>", "steps per program, the first ones of each turn untimed")
      .argParser(wholeNumber)
      .default(400),
  )
  .addOption(jsonOption())
  .action(async ({ json, ...options }) => {
    const { benchStep } = await import("./step.js");
    const results = await benchStep({ ...options, onRound: (done) => progress(`${done} steps`) });
    progress("");
    if (json) {
      const [first, plain] = results;
      const one = plain ? { ...plain, withMomentum: first } : first;
      print({ machine, job: options.job, ...(options.kernels ? one : { results }) });
      return;
    }
    const reference = results.some(({ name }) => name.startsWith("NumPy tuned")) ? "NumPy tuned" : "PyTorch";
    const references = results.filter(({ name }) => name.startsWith(reference));
    const share = (r) => references.find(({ momentum }) => momentum === r.momentum)?.medianMs;
    table(
      [
        "program",
        ...(results[0]?.momentum === undefined ? [] : ["momentum"]),
        "median ms",
        "p90 ms",
        "min ms",
        ...(references.length > 0 ? [`/ ${reference}`] : []),
        "loss 1",
        "loss 10",
        "loss 120",
        "MB",
      ],
      results.map((r) => [
        ...[
          r.name,
          ...(r.momentum === undefined ? [] : [String(r.momentum)]),
          r.medianMs.toFixed(2),
          r.p90Ms.toFixed(2),
          r.minMs.toFixed(2),
        ],
        ...(references.length > 0 ? [(r.medianMs / share(r)).toFixed(2)] : []),
        ...[r.loss1, r.loss10, r.loss120].map((loss) => loss?.toFixed(6) ?? ""),
        String(r.residentMb),
      ]),
    );
  });

program
  .command("gemm")
  .description("float32 matrix products in GFLOP/s: the sizes of a step, squares, skinny ones")
  .addOption(kernelsOption())
  .addOption(threadsOption().default(1))
  .addOption(new Option("--largest <n>", "largest square").argParser(wholeNumber).default(2048))
  .addOption(jsonOption())
  .action(async ({ json, ...options }) => {
    const { benchGemm } = await import("./gemm.js");
    const results = await benchGemm({ ...options, onRound: progress });
    progress("");
    if (json) return print({ machine, threads: options.threads, results });
    const names = Object.keys(results[0].gflops);
    table(
      [`GFLOP/s, threads: ${options.threads}`, ...names],
      results.map(({ shape, gflops }) => [shape, ...names.map((name) => gflops[name]?.toFixed(1) ?? "")]),
    );
  });

const trainingOptions = (command) =>
  command
    .addOption(kernelsOption())
    .addOption(threadsOption())
    .option("--dataset <name>", "as for chainrule train", "cifar10")
    .option("--data-dir <dir>", "as for chainrule train")
    .addOption(jsonOption());

async function eachKernels(options, run) {
  const results = [];
  for (const kernels of options.kernels ? [options.kernels] : ["blas", "wasm"])
    results.push(await run({ ...options, kernels }));
  return results;
}

trainingOptions(
  program.command("epoch").description("an epoch of `chainrule train --preset tuned`, evaluation included"),
).action(async ({ json, ...options }) => {
  const { benchEpoch } = await import("./train.js");
  const results = await eachKernels(options, benchEpoch);
  if (json) return print({ machine, results });
  table(
    ["kernels", "s per epoch", "s to the first", "val accuracy after 2", "peak MB"],
    results.map((r) => [
      r.kernels,
      String(r.secondsPerEpoch),
      String(r.secondsToFirst),
      String(r.valAccuracy),
      String(r.peakMb),
    ]),
  );
});

trainingOptions(
  program
    .command("time-to-accuracy")
    .description("seconds from process start to 45, 50 and 55% validation accuracy, preset tuned"),
).action(async ({ json, ...options }) => {
  const { benchTimeToAccuracy } = await import("./train.js");
  const results = await eachKernels(options, benchTimeToAccuracy);
  if (json) return print({ machine, results });
  table(
    ["kernels", "s to 45%", "s to 50%", "s to 55%", "peak MB"],
    results.map((r) => [
      r.kernels,
      ...[r.secondsTo45, r.secondsTo50, r.secondsTo55].map((s) => s?.toFixed(1) ?? "never"),
      String(r.peakMb),
    ]),
  );
});

program
  .command("memory")
  .description("resident memory over many training steps")
  .requiredOption("--data-dir <dir>", "inputs from `prepare`")
  .addOption(new Option("--job <name>", "A: H=512, B: H=128").choices(["A", "B"]).default("B"))
  .addOption(kernelsOption())
  .addOption(threadsOption())
  .addOption(new Option("--steps <n>", "how many").argParser(wholeNumber).default(10_000))
  .addOption(jsonOption())
  .action(async ({ json, ...options }) => {
    const { benchMemory } = await import("./step.js");
    const results = await eachKernels(options, benchMemory);
    if (json) return print({ machine, results });
    table(
      ["kernels", "steps", "MB after 5%", "MB at the end", "MB per 1000 steps"],
      results.map((r) => [
        r.kernels,
        ...[r.steps, r.residentMb[0], r.residentMb.at(-1), r.mbPerThousandSteps].map(String),
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
