/** A host of files as there are many: no headers but the type, the page in a folder of it. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export interface StaticHost {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** @param folder - of the host that the page lies in: "/" or "/some/where/" */
export async function staticHost(folder: string): Promise<StaticHost> {
  const asked: string[] = [];
  const server: Server = createServer(({ url = "/" }, response) => {
    const path = url.split("?")[0]!;
    asked.push(path);
    try {
      if (!path.startsWith(folder)) throw new Error("elsewhere");
      const file = path.slice(folder.length) || "index.html";
      const bytes = readFileSync(join("dist/studio", file));
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`,
    asked,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
