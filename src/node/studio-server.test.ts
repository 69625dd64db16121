/** What the studio's server gives to whom. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveStudio } from "./studio-server.ts";

type Served = Awaited<ReturnType<typeof serveStudio>>;

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Asks for a path as it stands: `fetch` would tidy it up first. */
function ask(
  url: string,
  path: string,
  { method = "GET", host }: { method?: string; host?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    request({ hostname, port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on("error", reject)
      .end();
  });
}

/** `<folder>/page` with a page in it, `<folder>/data` with a dataset, and secrets beside both. */
function makeFolders(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-test-")));
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("page/index.html", "the page");
  write("page/assets/main-1.js", "the script");
  write("secret.txt", "secret");
  write("page-2/secret.txt", "secret");
  write("data/photos/batches.meta.txt", "cat\ndog\n");
  write("data/photos/data_batch_1.bin", "12345");
  write("data/photos/notes.txt", "secret");
  write("data/other/letter.txt", "secret");
  symlinkSync(join(folder, "secret.txt"), join(folder, "page/link.txt"));
  symlinkSync(join(folder, "page-2"), join(folder, "page/linked"));
  symlinkSync(join(folder, "secret.txt"), join(folder, "data/photos/data_batch_2.bin"));
  return folder;
}

describe("the studio's server", () => {
  let served: Served;
  let folder: string;
  beforeAll(async () => {
    folder = makeFolders();
    served = await serveStudio({ folder: join(folder, "page"), port: 0, dataDir: join(folder, "data") });
  });
  afterAll(() => {
    served.server.close();
    served.server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  test("serves the page on this machine only, isolated and under a strict policy", async () => {
    expect(served.server.address()).toMatchObject({ address: "127.0.0.1" });
    for (const path of ["/", "/index.html", "/?x=1"]) {
      const { status, headers, body } = await ask(served.url, path);
      expect([status, body]).toEqual([200, "the page"]);
      expect(headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
      expect(headers["cross-origin-embedder-policy"]).toBe("require-corp");
      const policy = headers["content-security-policy"]!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'/);
    }
    expect(await ask(served.url, "/assets/main-1.js")).toMatchObject({ status: 200, body: "the script" });
    expect(await ask(served.url, "/", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  test.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/assets/../../secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/..%5csecret.txt",
    "/../page-2/secret.txt",
    "/link.txt",
    "/linked/secret.txt",
    "/%00",
    "/%",
    "/assets",
    "/assets/",
    "/missing.js",
    "//etc/passwd",
    "/data/photos/notes.txt",
    "/data/photos/data_batch_2.bin",
    "/data/photos/../other/letter.txt",
    "/data/photos/..%2f..%2fsecret.txt",
    "/data/other/letter.txt",
    "/data/..",
    "/data/photos/",
    "http://elsewhere.example/secret.txt",
  ])("refuses %s", async (path) => {
    const { status, body } = await ask(served.url, path);
    expect([400, 404]).toContain(status);
    expect(body).not.toContain("secret");
    expect(body).toMatch(/^.+\n$/);
  });

  test("answers to its own names only, and to GET and HEAD", async () => {
    const { port } = new URL(served.url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "localhost"])
      expect(await ask(served.url, "/", { host })).toMatchObject({ status: 200 });
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost:${port}@evil.example`,
    ])
      expect((await ask(served.url, "/", { host })).body).not.toContain("the page");
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
      expect(await ask(served.url, "/", { method })).toMatchObject({ status: 405 });
  });

  test("lists the datasets and serves their files", async () => {
    const { body, headers } = await ask(served.url, "/data/index.json");
    expect(headers["content-type"]).toContain("application/json");
    const [photos, ...others] = JSON.parse(body);
    expect(others).toEqual([]);
    expect(photos.name).toBe("photos");
    expect(photos.files).toContainEqual({ name: "data_batch_1.bin", bytes: 5 });
    expect(await ask(served.url, "/data/photos/data_batch_1.bin")).toMatchObject({ status: 200, body: "12345" });
  });

  test("a folder that is a dataset itself is listed by its name", async () => {
    const { server, url } = await serveStudio({
      folder: join(folder, "page"),
      port: 0,
      dataDir: join(folder, "data/photos"),
    });
    try {
      expect(JSON.parse((await ask(url, "/data/index.json")).body)).toMatchObject([{ name: "photos" }]);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test("says in one line what is missing", async () => {
    const page = join(folder, "page");
    const taken = Number(new URL(served.url).port);
    for (const [options, message] of [
      [{ folder: join(folder, "data"), port: 0 }, /the page is not built .*npm run build/],
      [{ folder: join(folder, "nowhere"), port: 0 }, /the page is not built/],
      [{ folder: page, port: taken }, /port \d+ cannot be used \(EADDRINUSE\)/],
      [{ folder: page, port: 0, dataDir: join(folder, "nowhere") }, /no such folder/],
      [{ folder: page, port: 0, dataDir: join(folder, "secret.txt") }, /expected a folder/],
      [{ folder: page, port: 0, dataDir: join(folder, "data/other") }, /expected a dataset .*, got neither/],
    ] as const)
      await expect(serveStudio(options)).rejects.toThrow(message);
  });
});
