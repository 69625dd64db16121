import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { createTarGzip } from "nanotar";
import { afterEach, beforeEach, expect, test } from "vitest";
import { shapesDataset } from "../data/index.ts";
import { cifar10ArchivePath, downloadCifar10 } from "./cifar10-download.ts";
import { formatDatasetFiles, readDatasetFolder } from "./dataset-folder.ts";

const shapes = shapesDataset({ numTrain: 10, numTest: 5, size: 8 });
let dataDir: string;
let server: Server;
let url: string;
let served: Uint8Array;

/** An archive laid out like the official one. */
async function pack(change: (name: string, data: Uint8Array) => Uint8Array = (_, data) => data): Promise<Uint8Array> {
  const files = formatDatasetFiles(shapes).map(([name, data]) => ({
    name: `cifar-10-batches-bin/${name}`,
    data: change(name, data),
  }));
  return createTarGzip([{ name: "cifar-10-batches-bin/" }, ...files]);
}
const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "chainrule-"));
  server = createServer((_, response) => response.end(served));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar.tar.gz`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dataDir, { recursive: true });
});

test("downloads, checks, unpacks, and clears the archive away", async () => {
  served = await pack();
  const folder = await downloadCifar10(dataDir, { url, md5: md5(served) });
  expect(folder).toBe(join(dataDir, "cifar10"));
  expect(await readDatasetFolder(folder)).toEqual(shapes);
  expect(readdirSync(dataDir)).toEqual(["cifar10"]);
});

test("an archive that was brought by other means is used, after its checksum", async () => {
  const archive = await pack();
  writeFileSync(cifar10ArchivePath(dataDir), archive);
  await expect(downloadCifar10(dataDir, { url })).rejects.toThrow("expected MD5 c32a1d4ab5d03f1284b67883e8d87530");
  await downloadCifar10(dataDir, { url: "http://127.0.0.1:49151/", md5: md5(archive) });
  expect(await readDatasetFolder(join(dataDir, "cifar10"))).toEqual(shapes);
});

test("the official checksum guards by default", async () => {
  served = await pack();
  await expect(downloadCifar10(dataDir, { url })).rejects.toThrow("c32a1d4ab5d03f1284b67883e8d87530");
  expect(readdirSync(dataDir)).toEqual([]);
});

test("an archive that does not hold the dataset leaves no dataset", async () => {
  served = await pack((name, data) => (name === "test_batch.bin" ? data.subarray(1) : data));
  await expect(downloadCifar10(dataDir, { url, md5: md5(served) })).rejects.toThrow("test_batch.bin has");
  rmSync(cifar10ArchivePath(dataDir));
  served = Buffer.from("<html>log in to the hotel network</html>");
  await expect(downloadCifar10(dataDir, { url, md5: md5(served) })).rejects.toThrow("expected a gzip archive");
  expect(existsSync(join(dataDir, "cifar10"))).toBe(false);
});

test("an archive that claims more than it holds, or unpacks to too much, is refused", async () => {
  const tar = gunzipSync(await pack());
  tar.write("77777777777", 512 + 124); // the size of the first file, in octal: 8 GB
  served = gzipSync(tar);
  await expect(downloadCifar10(dataDir, { url, md5: md5(served) })).rejects.toThrow(
    "cifar-10-binary.tar.gz: expected a tar archive inside (",
  );
  rmSync(cifar10ArchivePath(dataDir));
  served = gzipSync(Buffer.alloc(100_001));
  await expect(downloadCifar10(dataDir, { url, md5: md5(served), mostBytes: 100_000 })).rejects.toThrow(
    "expected a gzip archive of at most 100000 bytes",
  );
  expect(existsSync(join(dataDir, "cifar10"))).toBe(false);
});
