/**
 * Trials on many machines: a queue in Redis (BullMQ), filled by the coordinator of a search and emptied by workers.
 *
 * Delivery is at least once: a worker that was paused may finish a job that another has taken over. So every attempt at a job saves
 * its checkpoint under a key of its own, and only the completion that the queue accepts names the key that counts.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Queue, QueueOptions } from "bullmq";
import type { DatasetReference, TrainSettings } from "../training/index.ts";
import { readBytes, writeFile } from "./files.ts";
import type { KernelsSettings } from "./kernels.ts";
import { processExecutor } from "./process-executor.ts";
import type { TrialExecutor, TrialOutcome } from "./trial-run.ts";
import { UserError } from "./user-mistake.ts";

/** Of what is in Redis; another one is another set of queues. */
const version = 1;
const prefix = "chainrule";
const marker = `${prefix}:version`;
/** A killed worker's job is taken over after about this long, ms. */
const lockDuration = 5000;
/** How often a job may lose its worker before it counts as failed. */
const mostStalls = 20;
const pollEvery = 300; // ms
const checkpointLife = 7 * 24 * 3600; // s
const connectLimit = 5000; // ms

type Connection = Exclude<QueueOptions["connection"], undefined>;
type Client = import("ioredis").Redis;

/** What a worker needs to know of a trial. */
interface QueuedTrial {
  readonly settings: TrainSettings;
  readonly epochs: number;
  readonly from: string | null; // key of a checkpoint
}

interface QueuedOutcome {
  readonly outcome: TrialOutcome;
  readonly checkpoint: string | null; // key
}

/** The address without its password. */
export function maskedUrl(url: string): string {
  return url.replace(/^(\w+:\/\/)[^@]*@/, "$1***@");
}

function connectionOf(url: string): Connection {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new UserError("--queue: expected an address such as redis://localhost:6379, got something else");
  }
  if (parsed.protocol !== "redis:" && parsed.protocol !== "rediss:")
    throw new UserError(`--queue: expected redis:// or rediss:// (TLS), got ${parsed.protocol}//`);
  const database = Number(parsed.pathname.slice(1) || 0);
  if (!Number.isInteger(database))
    throw new UserError(`--queue: expected the number of a database after the host, got ${parsed.pathname.slice(1)}`);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: Number(parsed.port || 6379),
    db: database,
    ...(parsed.username !== "" && { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password !== "" && { password: decodeURIComponent(parsed.password) }),
    ...(parsed.protocol === "rediss:" && { tls: {} }),
    maxRetriesPerRequest: null, // wait out a Redis that is down for a while
  };
}

/** @throws {UserError} in one line when there is no such Redis, it does not let us in, or it may drop what it holds */
export async function checkQueue(url: string): Promise<void> {
  const { Redis } = await loadIoredis();
  const options = connectionOf(url) as Record<string, unknown>;
  const client = new Redis({
    ...options,
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 1,
    connectTimeout: connectLimit,
  });
  let reason = "";
  client.on("error", (error) => (reason = error.message));
  const where = maskedUrl(url);
  try {
    await client.connect();
    const policy = /maxmemory_policy:(\S+)/.exec(await client.info("memory"))?.[1];
    if (policy !== undefined && policy !== "noeviction")
      throw new UserError(
        `--queue ${where}: this Redis may drop what it holds (${policy}); set maxmemory-policy noeviction`,
      );
    const found = await client.set(marker, version, "NX", "GET");
    if (found !== null && found !== String(version))
      throw new UserError(
        `--queue ${where}: expected a queue of version ${version}, got ${found}; use the same chainrule everywhere, or another database`,
      );
  } catch (error) {
    if (error instanceof UserError) throw error;
    const message = (error as Error).message;
    throw new UserError(`--queue ${where}: cannot use this Redis: ${(/closed/.test(message) && reason) || message}`);
  } finally {
    client.disconnect();
  }
}

async function loadIoredis(): Promise<typeof import("ioredis")> {
  return await import("ioredis").catch(() => {
    throw new UserError("--queue needs the packages bullmq and ioredis; install them with: npm install bullmq ioredis");
  });
}

/** For checkpoints and signals, beside the queue. It waits out a Redis that is down for a while. */
async function openClient(url: string): Promise<Client> {
  const { Redis } = await loadIoredis();
  const client = new Redis(connectionOf(url) as Record<string, unknown>);
  client.on("error", () => {});
  return client;
}

/** One queue per dataset: a worker only sees trials on images that it has. */
function queueName({ name, trainCount, fingerprint }: DatasetReference): string {
  return `trials-${name.replaceAll(/[^\w-]/g, "_")}-${trainCount}-${fingerprint}`;
}

export interface QueueSearch {
  readonly url: string;
  readonly search: string; // its name
  readonly dataset: DatasetReference;
  readonly folder: string; // where checkpoints are kept here
}

/** Hands trials to workers. The address has passed {@link checkQueue}, before anything was written. */
export async function queueExecutor({ url, search, dataset, folder }: QueueSearch): Promise<TrialExecutor> {
  const { Queue } = await import("bullmq");
  const queue = new Queue<QueuedTrial, QueuedOutcome>(queueName(dataset), { connection: connectionOf(url), prefix });
  const client = await openClient(url);
  queue.on("error", () => {}); // down for a while: everything waits, and goes on
  const id = randomUUID().slice(0, 8); // of this coordinator: what an earlier one left is not ours
  await removeOlder(queue, search);
  let isClosed = false;
  return {
    async runTrial({ settings, epochs, from, file }, onEpoch) {
      const key =
        from === null ? null : await patiently(async () => upload(client, await readBytes(join(folder, from))));
      const jobId = `${search}-${file}-${id}`.replaceAll(/[^\w-]/g, "_");
      await patiently(() => queue.add("trial", { settings, epochs, from: key }, { jobId, attempts: 1 }));
      for (let seen = 0; ; ) {
        if (isClosed) throw new Error("the search was stopped");
        const [state, job] = await patiently(() => Promise.all([queue.getJobState(jobId), queue.getJob(jobId)]));
        const { curve = [] } = (job?.progress ?? {}) as { curve?: number[] };
        if (curve.length > seen) {
          seen = curve.length;
          if (await onEpoch(curve)) await patiently(() => client.set(stopKey(jobId), 1, "EX", checkpointLife));
        }
        if (state === "completed" && job) return await patiently(() => take(job, file));
        if (state === "failed") {
          const message = job?.failedReason ?? "no reason given";
          return { status: "failed", epochs: 0, value: null, curve: [], seconds: 0, file: null, message };
        }
        await sleep(pollEvery);
      }
    },
    async close() {
      isClosed = true;
      await queue.close().catch(() => {});
      client.disconnect();
    },
  };

  /** Asks again until Redis is there: all that is asked here may be asked twice. */
  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;)
      try {
        return await ask();
      } catch (error) {
        if (isClosed || !isConnectionLost(error)) throw error;
        await sleep(10 * pollEvery);
      }
  }

  /** Fetches the checkpoint that the accepted attempt saved. */
  async function take(job: Job<QueuedTrial, QueuedOutcome>, file: string): Promise<TrialOutcome> {
    const { outcome, checkpoint } = job.returnvalue;
    const bytes = checkpoint === null ? null : await client.getBuffer(checkpoint);
    if (bytes) await writeFile(join(folder, file), bytes);
    if (checkpoint !== null) await client.del(checkpoint);
    await job.remove().catch(() => {});
    return { ...outcome, file: bytes ? file : null };
  }
}

function isConnectionLost(error: unknown): boolean {
  const { code = "", message = "" } = error as NodeJS.ErrnoException;
  return /^E(CONN|PIPE|TIMEDOUT|HOST|NET)/.test(code) || /closed|connection|LOADING|ECONN/i.test(message);
}

/** Jobs that a killed coordinator of the same search left waiting would be done for nobody. */
async function removeOlder(queue: Queue, search: string): Promise<void> {
  for (const job of await queue.getJobs(["waiting"]))
    if (job.id?.startsWith(`${search}-`.replaceAll(/[^\w-]/g, "_"))) await job.remove().catch(() => {});
}

async function upload(client: Client, bytes: Uint8Array): Promise<string> {
  const key = `${prefix}:checkpoint:${randomUUID()}`;
  await client.set(key, Buffer.from(bytes), "EX", checkpointLife);
  return key;
}

const stopKey = (jobId: string): string => `${prefix}:stop:${jobId}`;

export interface WorkerOptions {
  readonly url: string;
  readonly dataset: DatasetReference;
  /** What a process needs to load these images. */
  readonly place: string;
  readonly seed: number;
  readonly kernels: KernelsSettings;
  readonly onMessage: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Takes trials until the signal is aborted, each in a process of its own. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { url, dataset, place, seed, kernels, onMessage, signal } = options;
  await checkQueue(url);
  const { Worker } = await import("bullmq");
  const client = await openClient(url);
  const worker = new Worker<QueuedTrial, QueuedOutcome>(
    queueName(dataset),
    async (job) => {
      const folder = await mkdtemp(join(tmpdir(), "chainrule-trial-"));
      const executor = processExecutor({ dataset: place, seed, kernels });
      try {
        const { settings, epochs, from } = job.data;
        if (from !== null) {
          const bytes = await client.getBuffer(from);
          if (!bytes) throw new Error("the checkpoint to go on from is gone");
          await writeFile(join(folder, "from.safetensors"), bytes);
        }
        const task = {
          folder,
          settings,
          epochs,
          from: from === null ? null : "from.safetensors",
          file: "to.safetensors",
        };
        const outcome = await executor.runTrial(task, async (curve) => {
          await job.updateProgress({ curve: [...curve] });
          return (await client.get(stopKey(job.id!))) !== null;
        });
        const checkpoint =
          outcome.file === null ? null : await upload(client, await readBytes(join(folder, outcome.file)));
        onMessage(`${job.id}: ${outcome.status} after ${outcome.epochs} epochs`);
        return { outcome, checkpoint };
      } finally {
        await executor.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
    {
      connection: connectionOf(url),
      prefix,
      concurrency: 1,
      lockDuration,
      stalledInterval: lockDuration,
      maxStalledCount: mostStalls,
    },
  );
  worker.on("error", () => {}); // down for a while: it connects again
  onMessage(
    `waiting for trials on ${dataset.name} (${dataset.trainCount} training images, checksum ${dataset.fingerprint}) at ${maskedUrl(url)}`,
  );
  await new Promise<void>((stop) => signal.addEventListener("abort", () => stop(), { once: true }));
  await worker.close(true); // the trial under way goes to another worker
  client.disconnect();
}
